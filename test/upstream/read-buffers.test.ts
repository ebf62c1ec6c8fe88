import t from 'tap'
import { ReadBuffers } from '../../src/upstream/read-buffers.js'

const MIB = 1024 * 1024

t.test('the young generation is collected for every 16 MiB that were read', (t) => {
  let collections = 0
  const buffers = new ReadBuffers((type) => {
    t.equal(type, 'minor')
    collections++
  })
  for (let read = 0; read < 16 * MIB - 1024; read += 1024) buffers.onRead(1024)
  t.equal(collections, 0)
  buffers.onRead(1024)
  t.equal(collections, 1)
  buffers.onRead(16 * MIB - 1)
  t.equal(collections, 1, 'it counts anew')
  buffers.onRead(1)
  t.equal(collections, 2)
  t.end()
})
