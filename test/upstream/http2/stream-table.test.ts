import fc from 'fast-check'
import t from 'tap'
import { StreamTable } from '../../../src/upstream/http2/stream-table.js'

interface Entry {
  readonly id: number
}

t.test('it holds what a Map holds, whatever comes and goes', (t) => {
  // Few ids far apart share a place; many close by fill it.
  const id = fc.oneof(
    fc.nat(20).map((n) => 2 * n + 1),
    fc.nat(20).map((n) => 64 * n + 1),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), id), { maxLength: 300 }), (acts) => {
      const table = new StreamTable<Entry>()
      const map = new Map<number, Entry>()
      for (const [isAdded, id] of acts) {
        if (isAdded && !map.has(id)) {
          const entry = { id }
          table.add(entry)
          map.set(id, entry)
        } else if (!isAdded) {
          table.delete(id)
          map.delete(id)
        }
        if (table.size !== map.size || table.get(id) !== map.get(id)) return false
      }
      const all = [...map.values()].sort((a, b) => a.id - b.id)
      return (
        all.every((entry) => table.get(entry.id) === entry) &&
        JSON.stringify(table.all()) === JSON.stringify(all)
      )
    }),
    { numRuns: 500 },
  )
  t.end()
})

t.test('of three that share a place any may go, and the other two are found', (t) => {
  // At the beginning of the table, and at its end, where they go on at its beginning.
  for (const ids of [
    [1, 33, 65],
    [31, 63, 95],
  ]) {
    for (const gone of ids) {
      const table = new StreamTable<Entry>()
      for (const id of ids) table.add({ id })
      table.delete(gone)
      t.strictSame(
        ids.map((id) => table.get(id)?.id),
        ids.map((id) => (id === gone ? undefined : id)),
      )
    }
  }
  t.end()
})

t.test('one that stays for long is found, however many came and went', (t) => {
  const table = new StreamTable<Entry>()
  const first = { id: 1 }
  table.add(first)
  for (let id = 3; id < 20_000; id += 2) {
    table.add({ id })
    if (id > 50) table.delete(id - 40)
  }
  t.equal(table.get(1), first)
  t.equal(table.get(20_001), undefined)
  t.end()
})
