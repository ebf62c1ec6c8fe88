import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (options?: { type: 'minor' }) => void

let gc: Collect | undefined

/**
 * Makes V8 collect now: it counts its own objects, not the memory they hold outside its heap.
 * @param type `minor`: the young generation alone, within about a millisecond
 */
export function collectGarbage(type: 'minor' | 'major'): void {
  if (gc === undefined) {
    // The flag only affects new contexts, so it may be set at any time.
    setFlagsFromString('--expose-gc')
    gc = runInNewContext('gc') as Collect
  }
  // With Node.js 20, `{ type: 'major' }` does not free the buffers of what it collected.
  if (type === 'minor') gc({ type })
  else gc()
}
