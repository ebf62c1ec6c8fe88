import t from 'tap'
import { measureStalledReaders, type StalledReaders } from '../clients/stalled-readers.js'

/** Generous for a busy machine: the figure to reach is 100 ms. */
const NEIGHBOUR_MS = 1_000
/** What may stay in MiB, of a heap that has grown and of what malloc keeps. */
const LEFT_MIB = 24

const CASES: readonly (StalledReaders & { readonly growthMiB: number })[] = [
  { readers: 1, frameBytes: 1, growthMiB: 24 },
  { readers: 4, frameBytes: 16, heapMiB: 256, growthMiB: 32 },
]

for (const { growthMiB, ...readers } of CASES) {
  const what = `${readers.readers} stalled readers of ${readers.frameBytes}-byte frames`
  t.test(`${what} cost ${growthMiB} MiB at most, and nobody else waits`, async (t) => {
    const { growth, left, neighbourMs } = await measureStalledReaders(t, readers)
    t.ok(growth <= growthMiB, `grew by ${growth.toFixed(1)} MiB`)
    t.ok(left <= LEFT_MIB, `${left.toFixed(1)} MiB are left 10 s after they have gone`)
    t.ok(neighbourMs < NEIGHBOUR_MS, `a neighbour waited ${neighbourMs.toFixed()} ms`)
  })
}
