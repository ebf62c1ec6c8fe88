import t from 'tap'
import { BREAKING, type Cell, UPLOADING } from './cells.js'
import { CURLS } from './curl.js'
import { checkCells } from './lanes.js'
import { NODES } from './node.js'

/** The whole table, with every client, is for the long tests; here these cover a part of it once. */
const BREAKING_EVERY = 53
const UPLOADING_EVERY = 197
const LANES = 2

t.test('a POST runs once, whatever breaks its response', async (t) => {
  const clients = [...CURLS, ...NODES]
  t.jobs = clients.length
  for (const [i, client] of clients.entries()) {
    const some = (cells: readonly Cell[], every: number): Cell[] =>
      cells.filter(
        (cell, j) => j % every === i % every && (client.retriesErrors !== true || cell.hasLeft),
      )
    const cells = [...some(BREAKING, BREAKING_EVERY), ...some(UPLOADING, UPLOADING_EVERY)]
    void t.test(client.name, (t) => checkCells(t, client, cells, LANES))
  }
  await Promise.resolve()
})
