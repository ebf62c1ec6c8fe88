import t from 'tap'
import { BREAKING, UPLOADING } from './cells.js'
import type { Client } from './client.js'
import { checkCells } from './lanes.js'

const LANES = 12

/** Holds clients to the whole table: whatever breaks the response, the POST has run once. */
export function checkEveryBreak(clients: readonly Client[]): void {
  for (const client of clients) {
    const cells = [...BREAKING, ...UPLOADING].filter(
      ({ hasLeft }) => hasLeft || client.retriesErrors !== true,
    )
    t.test(`a POST runs once, whatever breaks its response: ${client.name}`, (t) =>
      checkCells(t, client, cells, LANES),
    )
  }
}
