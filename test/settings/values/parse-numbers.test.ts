import t from 'tap'
import { parseBoolean } from '../../../src/settings/values/parse-boolean.js'
import { parseDuration, printDuration } from '../../../src/settings/values/parse-duration.js'
import { parseInteger } from '../../../src/settings/values/parse-integer.js'
import { parseSize, printSize } from '../../../src/settings/values/parse-size.js'
import { checkParser } from './check-parser.js'

t.test('a duration has a unit and is above zero', (t) => {
  checkParser(t, parseDuration, {
    takes: {
      '500ms': 500,
      '10s': 10_000,
      '5m': 300_000,
      '1h': 3_600_000,
      '010s': 10_000,
      '2147483647ms': 2_147_483_647,
    },
    refuses: {
      '': /like 500ms/,
      '10': /like 500ms/,
      '1.5s': /like 500ms/,
      '-1s': /like 500ms/,
      '+1s': /like 500ms/,
      '1e3s': /like 500ms/,
      '10 s': /like 500ms/,
      ' 10s': /like 500ms/,
      '10s\n': /like 500ms/,
      '10S': /like 500ms/,
      '1m30s': /like 500ms/,
      '１０s': /like 500ms/,
      '0s': /above zero/,
      '0000ms': /above zero/,
      '2147483648ms': /at most 24 days/,
      '597h': /at most 24 days/,
      [`${'9'.repeat(100_000)}h`]: /at most 24 days/,
    },
  })
  t.end()
})

t.test('a size has a unit', (t) => {
  checkParser(t, parseSize, {
    takes: { '0B': 0, '512B': 512, '64KiB': 65_536, '1MiB': 1_048_576, '1024MiB': 2 ** 30 },
    refuses: {
      '': /like 512B/,
      '64': /like 512B/,
      '64kb': /like 512B/,
      '64KB': /like 512B/,
      '64 KiB': /like 512B/,
      '1.5MiB': /like 512B/,
      '-1B': /like 512B/,
      '1GiB': /like 512B/,
      '1025MiB': /at most 1024MiB/,
    },
  })
  t.end()
})

t.test('durations and sizes are shown as they could be given', (t) => {
  for (const text of ['1ms', '1500ms', '10s', '90s', '5m', '24h']) {
    t.equal(printDuration(parseDuration(text)), text)
  }
  for (const text of ['0B', '1B', '1025B', '64KiB', '1536KiB', '1MiB']) {
    t.equal(printSize(parseSize(text)), text)
  }
  t.end()
})

t.test('a count is a whole number above zero', (t) => {
  const wants = /whole number above zero/
  checkParser(t, parseInteger, {
    takes: { '1': 1, '512': 512, '007': 7 },
    refuses: {
      '': wants,
      '0': wants,
      '-1': wants,
      '1.0': wants,
      '1e3': wants,
      '0x10': wants,
      ' 1': wants,
      Infinity: wants,
      '9007199254740992': wants,
    },
  })
  t.end()
})

t.test('a switch is true or false', (t) => {
  const wants = /true or false/
  checkParser(t, parseBoolean, {
    takes: { true: true, false: false },
    refuses: { '': wants, '1': wants, yes: wants, TRUE: wants, 'true ': wants },
  })
  t.end()
})
