import t from 'tap'
import { BREAKING, UPLOADING } from '../clients/cells.js'
import { CLIENTS } from '../clients/every-client.js'
import { checkCells } from '../clients/lanes.js'

const LANES = 12

for (const client of CLIENTS) {
  const cells = [...BREAKING, ...UPLOADING].filter(
    ({ hasLeft }) => hasLeft || client.retriesErrors !== true,
  )
  t.test(`a POST runs once, whatever breaks its response: ${client.name}`, (t) =>
    checkCells(t, client, cells, LANES),
  )
}
