import t from 'tap'
import { printSpan } from '../../../src/commands/check/time-span.js'

t.test('a span is in the largest unit of which there are two', (t) => {
  for (const [ms, text] of [
    [0, '0 s'],
    [119_999, '119 s'],
    [120_000, '2 min'],
    [3_599_000, '59 min'],
    [7_199_000, '119 min'],
    [7_200_000, '2 h'],
    [172_800_000, '2 days'],
    [364.9 * 86_400_000, '364 days'],
  ] as const) {
    t.equal(printSpan(ms), text)
  }
  t.end()
})
