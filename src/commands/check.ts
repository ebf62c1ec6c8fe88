import { EXIT } from '../errors.js'
import type { Settings } from '../settings/table.js'

/** `tailer-proxy check`. */
export function check(load: () => Settings, options: { json: boolean }): Promise<number> {
  load()
  return Promise.resolve(options.json ? EXIT.ok : EXIT.ok)
}
