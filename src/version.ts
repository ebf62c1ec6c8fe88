import { createRequire } from 'node:module'

/** Set by the bundler; tests run the sources, which lack it. */
declare const PACKAGE_VERSION: string | undefined

/** The version of this package. A bundle copied elsewhere has no package.json. */
export function version(): string {
  if (typeof PACKAGE_VERSION === 'string') return PACKAGE_VERSION
  const require = createRequire(import.meta.url)
  return (require('tailer-proxy/package.json') as { version: string }).version
}
