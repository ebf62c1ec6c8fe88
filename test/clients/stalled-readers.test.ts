import t from 'tap'
import { measureStalledReaders } from './stalled-readers.js'

// More of them, and other frames, are in test/long.
t.test('a client that does not read 1-byte frames costs 24 MiB at most', async (t) => {
  const { growth } = await measureStalledReaders(t, {
    readers: 1,
    frameBytes: 1,
    leadBytes: 3840 * 1024,
    leftMiB: 24,
  })
  t.ok(growth <= 24, `grew by ${growth.toFixed(1)} MiB`)
})
