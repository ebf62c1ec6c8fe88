import { shown } from './shown.js'

/**
 * Whether a request target (RFC 9112 §3.2) may be forwarded: origin-form only, visible ASCII,
 * complete percent-encodings, and nothing that an upstream could read as a different path: no `..`
 * segment (nor as `%2e`), no `//`, no `\`, no fragment.
 */
export function isForwardableTarget(target: string): boolean {
  return ORIGIN_FORM.test(target) && !AMBIGUOUS_PATH.test(target)
}

/** Visible ASCII except `#` and `\`, `%` only before two hex digits; begins with a slash. */
const ORIGIN_FORM = /^\/(?:[!"$&-[\]-~]|%[0-9A-Fa-f]{2})*$/

/** In the path, which ends at the first `?`: an empty segment except the last, or `..`. */
const AMBIGUOUS_PATH = /^[^?]*?\/(?:\/|(?:\.|%2[eE]){2}(?:\/|\?|$))/

/** The first invalid character, or the first `%` that encodes nothing. */
const UNFIT = /[^!"$-[\]-~]|%(?![0-9A-Fa-f]{2})/

/**
 * Which part of a target keeps it from being forwarded, and what to send instead, for a person.
 * Anything that may be secret (a query, a fragment, a user and password) is not repeated.
 */
export function targetFault(target: string): string {
  if (!target.startsWith('/')) {
    const url = target.replace(/\/\/[^/]*@/, '//').replace(/[?#].*/s, '')
    return `The target ${shown(url)} is not a path: send one that starts with a single "/".`
  }
  const at = UNFIT.exec(target)?.index
  if (at === undefined) {
    const [to = '', part = ''] = /^[^?]*?(\/\/|\/(?:\.|%2e){2}(?=[/?]|$))/i.exec(target) ?? []
    const where = `at character ${to.length - part.length + 1}`
    return part === '//'
      ? `The path has "//" ${where}: remove the empty segment.`
      : `The path has a ${shown(part.slice(1))} segment ${where}: resolve it before you send it.`
  }
  const where = `${target.slice(0, at).includes('?') ? 'query' : 'path'} at character ${at + 1}`
  const found = target.charAt(at)
  switch (found) {
    case '#':
      return `The target has a fragment ("#" in the ${where}): remove it, or encode "#" as %23.`
    case '\\':
      return `The target has a backslash in its ${where}: encode it as %5C.`
    case '%':
      return `The target has ${shown(target.slice(at, at + 3))} in its ${where}, but "%" needs two hex digits: encode a plain "%" as %25.`
    default: {
      const code = found.charCodeAt(0).toString(16).padStart(2, '0')
      return `The target has the byte 0x${code} in its ${where}: percent-encode everything but visible ASCII.`
    }
  }
}

/**
 * What may be logged of a target that is not forwarded: its path, or nothing of other forms, which
 * can hold a user and password.
 */
export function shownPathOf(target: string): string {
  return /^\/(?!\/)[^?#]*/.exec(target)?.[0] ?? ''
}

/** The path of an origin-form target, without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?')
  return query === -1 ? target : target.slice(0, query)
}
