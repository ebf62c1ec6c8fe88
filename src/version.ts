import { createRequire } from 'node:module'

/** Put in by the bundler; tests run the sources, which have none. */
declare const PACKAGE_VERSION: string | undefined

/** The version of this package, of which a bundle that was copied elsewhere has nothing else. */
export function version(): string {
  if (typeof PACKAGE_VERSION === 'string') return PACKAGE_VERSION
  const require = createRequire(import.meta.url)
  return (require('tailer-proxy/package.json') as { version: string }).version
}
