import type { Rule } from '../settings/values/parse-rule.js'
import { pathOf } from './request-target.js'
import { shown } from './shown.js'

/**
 * In what follows an allowed prefix: encodings that a server further on may decode into a different
 * path (slash, backslash, percent, control bytes, overlong UTF-8, full-width forms), and dot
 * segments with parameters (`..;`).
 */
const EVASIVE =
  /%(?:2f|5c|25|[01][0-9a-f]|7f|c[01]|e0%[89]|f0%8|ef%bc%(?:8e|8f|bc))|\/(?:\.|%2e){1,2}(?:;|%3b)/i

/** A parameter by which some frameworks turn a POST into another method. */
const METHOD_PARAMETER =
  /[?&;](?:_|%5f)(?:m|%[46]d)(?:e|%[46]5)(?:t|%[57]4)(?:h|%[46]8)(?:o|%[46]f)(?:d|%[46]4)/i

/**
 * Whether one of the rules allows the call. It compares the bytes that will be sent: case,
 * encoding, slashes or a query never make a path equal to another.
 * @param target in origin-form, accepted by `isForwardableTarget`
 */
export function isAllowed(rules: readonly Rule[], method: string, target: string): boolean {
  const path = pathOf(target)
  if (METHOD_PARAMETER.test(target.slice(path.length))) return false
  return rules.some(
    (rule) =>
      (rule.method === '*' || rule.method === method) &&
      (rule.prefix
        ? path.startsWith(rule.path) && !EVASIVE.test(path.slice(rule.path.length - 1))
        : path === rule.path),
  )
}

/** Why no rule allows a call, for a person. */
export function ruleFault(method: string, target: string): string {
  const path = pathOf(target)
  if (METHOD_PARAMETER.test(target.slice(path.length))) {
    return 'The query names another method ("_method"), which the rules of this proxy (--allow, --read-only) do not let through: send it without.'
  }
  return `No rule of this proxy (--allow, --read-only) allows ${method} ${shown(path)}: add one with --allow if it may be called.`
}
