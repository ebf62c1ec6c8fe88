/** Owns the rules for what may be called: `METHOD /path`, `METHOD /prefix/*`, `* /path`. */
import { BadValue } from './bad-value.js'

/**
 * `method` is upper-case, or `*` for any. With `prefix`, `path` ends in `/` and matches everything
 * that starts with it (`GET /v1/*` is `/v1/`); without, the path must be equal byte for byte.
 */
export interface Rule {
  readonly method: string
  readonly path: string
  readonly prefix: boolean
}

export function parseRule(text: string): Rule {
  const [, method, path, star] = /^([A-Z][A-Z-]*|\*) +(\/[!-)+-~]*?)(\*?)$/.exec(text) ?? []
  if (method === undefined || path === undefined || !isTarget(path)) {
    throw new BadValue('METHOD /path or METHOD /prefix/*, like GET /v1/*')
  }
  if (star === '*' && !path.endsWith('/')) {
    throw new BadValue('a * only as the last segment, like GET /v1/*')
  }
  return { method, path, prefix: star === '*' }
}

/** A path that the proxy refuses anyway is a mistake in a rule. */
function isTarget(path: string): boolean {
  return !/[?#\\]|\/\/|\/(\.|%2e){2}(\/|$)/i.test(path)
}
