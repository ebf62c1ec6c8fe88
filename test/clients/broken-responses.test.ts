import t from 'tap'
import { BREAKING, type Cell, UPLOADING } from './cells.js'
import { CLIENTS } from './every-client.js'
import { checkCells } from './lanes.js'

/** The whole table is for the long tests; here all clients together cover most of it once. */
const BREAKING_EVERY = 17
const UPLOADING_EVERY = 97
const LANES = 2

t.test('a POST runs once, whatever breaks its response', async (t) => {
  t.jobs = CLIENTS.length
  for (const [i, client] of CLIENTS.entries()) {
    const some = (cells: readonly Cell[], every: number): Cell[] =>
      cells.filter(
        (cell, j) => j % every === i % every && (client.retriesErrors !== true || cell.hasLeft),
      )
    const cells = [...some(BREAKING, BREAKING_EVERY), ...some(UPLOADING, UPLOADING_EVERY)]
    void t.test(client.name, (t) => checkCells(t, client, cells, LANES))
  }
  await Promise.resolve()
})
