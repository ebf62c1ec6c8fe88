import { createRequire } from 'node:module'

/** The version of this package, from its package.json, wherever the compiled files lie in it. */
export function version(): string {
  const require = createRequire(import.meta.url)
  return (require('tailer-proxy/package.json') as { version: string }).version
}
