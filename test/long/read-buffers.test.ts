import t from 'tap'
import { ReadBuffers } from '../../src/upstream/read-buffers.js'

const MIB = 1024 * 1024

t.test('buffers that were read do not pile up', (t) => {
  // Side by side: when V8 frees what, a busy machine decides.
  const [collected, left] = [
    leastHeldMiB(new ReadBuffers()),
    leastHeldMiB(new ReadBuffers(() => 0)),
  ]
  t.ok(collected < left, `${collected.toFixed(1)} MiB at most, and ${left.toFixed(1)} without`)
  t.end()
})

/** Of five rounds the least that was held at most, while 128 MiB were read. */
function leastHeldMiB(buffers: ReadBuffers): number {
  let least = Infinity
  for (let round = 0; round < 5; round++) {
    let most = 0
    for (let read = 0; read < 128 * MIB; read += 16 * 1024) {
      Buffer.alloc(16 * 1024)
      buffers.onRead(16 * 1024)
      most = Math.max(most, process.memoryUsage().arrayBuffers / MIB)
    }
    least = Math.min(least, most)
  }
  return least
}
