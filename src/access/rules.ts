import type { Rule } from '../settings/values/parse-rule.js'

/**
 * In what follows an allowed prefix: encodings that some server behind may decode into another
 * path (`%2F`, `%5C`, `%25`, NUL), and dot segments with parameters (`..;`).
 */
const EVASIVE = /%(?:2f|5c|25|00)|(?:^|\/)(?:\.|%2e){1,2};/i

/**
 * Whether one of the rules allows the call. Compared are the bytes that will be sent: no case,
 * encoding, slash or query makes a path another one.
 * @param path without the query
 */
export function isAllowed(rules: readonly Rule[], method: string, path: string): boolean {
  return rules.some(
    (rule) =>
      (rule.method === '*' || rule.method === method) &&
      (rule.prefix
        ? path.startsWith(rule.path) && !EVASIVE.test(path.slice(rule.path.length))
        : path === rule.path),
  )
}
