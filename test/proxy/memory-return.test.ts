import t from 'tap'
import { MemoryReturn } from '../../src/proxy/memory-return.js'
import { createPagedBlock } from '../../src/proxy/paged-block.js'
import { memoryInUse } from '../memory-in-use.js'

const MIB = 1024 * 1024
const DELAY_MS = 1

const rssMiB = (): number => process.memoryUsage.rss() / MIB

/** What other tests left behind is collected first. */
function collectedRssMiB(): number {
  memoryInUse()
  return rssMiB()
}

t.test('memory is collected once after enough was dropped, and again after as much', async (t) => {
  let collections = 0
  let collected: () => void = () => undefined
  const memoryReturn = new MemoryReturn((type) => {
    t.equal(type, 'major')
    collections++
    collected()
  }, DELAY_MS)
  for (let round = 1; round <= 2; round++) {
    const next = new Promise<void>((resolve) => (collected = resolve))
    memoryReturn.onDropped(4 * MIB)
    memoryReturn.onDropped(4 * MIB)
    if (round === 2) memoryReturn.onDropped(50 * MIB)
    const alive = setInterval(() => undefined, 1_000)
    await next
    clearInterval(alive)
    t.equal(collections, round)
  }
  memoryReturn.onDropped(5 * MIB)
  await new Promise((resolve) => setTimeout(resolve, 5 * DELAY_MS))
  t.equal(collections, 2, 'little is not worth it')
})

t.test('what many clients did not read goes back to the system', async (t) => {
  // 125 MiB: much more than what else comes and goes in the process.
  const fill = (): Buffer[] =>
    Array.from({ length: 2_000 }, () => createPagedBlock(64 * 1024).fill('x'))
  const before = collectedRssMiB()
  let blocks: Buffer[] | undefined = fill()
  const most = rssMiB()
  t.ok(most > before + 100, `${before.toFixed()} then ${most.toFixed()} MiB`)
  blocks = undefined
  t.notOk(blocks)
  new MemoryReturn(undefined, DELAY_MS).onDropped(125 * MIB)
  // V8 may unmap in another thread.
  while (rssMiB() > most - 100) await new Promise((resolve) => setTimeout(resolve, DELAY_MS))
})

t.test('a block of which little is used costs little', (t) => {
  const before = collectedRssMiB()
  const blocks = Array.from({ length: 1_000 }, () => createPagedBlock(64 * 1024).fill('x', 0, 10))
  t.ok(rssMiB() < before + 20)
  t.equal(blocks.length, 1_000)
  t.end()
})
