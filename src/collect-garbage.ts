import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (options?: { type: 'minor' }) => void

let gc: Collect | undefined

/**
 * Has V8 collect now: it judges by its own objects, and does not know of what hangs on them.
 * @param type `minor`: the young generation alone, within about a millisecond
 */
export function collectGarbage(type: 'minor' | 'major'): void {
  if (gc === undefined) {
    // It only decides what new contexts are given, so that it may be set at any time.
    setFlagsFromString('--expose-gc')
    gc = runInNewContext('gc') as Collect
  }
  // `{ type: 'major' }` leaves the buffers of what it collected, with Node.js 20.
  if (type === 'minor') gc({ type })
  else gc()
}
