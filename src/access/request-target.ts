/**
 * Whether a request target (RFC 9112 §3.2) may be forwarded: origin-form only, visible ASCII,
 * whole percent-encodings, and nothing that an upstream could read as another path than its bytes
 * spell: no `..` segment (as `%2e` neither), no `//`, no `\`, no fragment.
 */
export function isForwardableTarget(target: string): boolean {
  return ORIGIN_FORM.test(target) && !AMBIGUOUS_PATH.test(target)
}

/** Visible ASCII but for `#` and `\`, `%` only before two hex digits; begins with a slash. */
const ORIGIN_FORM = /^\/(?:[!"$&-[\]-~]|%[0-9A-Fa-f]{2})*$/

/** In the path, which ends at the first `?`: an empty segment but the last one, or `..`. */
const AMBIGUOUS_PATH = /^[^?]*?\/(?:\/|(?:\.|%2[eE]){2}(?:\/|\?|$))/

/**
 * What may be told of a target that is not forwarded: its path; of another form, which can hold a
 * user and password, nothing.
 */
export function shownPathOf(target: string): string {
  return /^\/(?!\/)[^?#]*/.exec(target)?.[0] ?? ''
}

/** The path of an origin-form target, without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?')
  return query === -1 ? target : target.slice(0, query)
}
