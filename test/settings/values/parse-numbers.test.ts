import t from 'tap'
import { parseBoolean } from '../../../src/settings/values/parse-boolean.js'
import { parseDuration, printDuration } from '../../../src/settings/values/parse-duration.js'
import { parseInteger } from '../../../src/settings/values/parse-integer.js'
import { parseSize, printSize } from '../../../src/settings/values/parse-size.js'
import { checkHints, checkParser } from './check-parser.js'

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
      '64KiB/s': /like 512B/,
      ' 64KiB': /like 512B/,
      '1025MiB': /at most 1024MiB/,
    },
  })
  t.end()
})

const meaning = (hint: string | undefined, texts: readonly string[]) =>
  Object.fromEntries(texts.map((text) => [text, hint]))

t.test('a duration by another name is known, and seconds are meant without a unit', (t) => {
  checkHints(t, parseDuration, {
    ...meaning('did you mean 10s?', ['10', ' 10 ', '10 s', '10S', '10sec', '10 secs']),
    ...meaning('did you mean 10s?', ['10second', '10 Seconds ']),
    ...meaning('did you mean 50ms?', ['50 ms', '50MS', '50msec', '50millis']),
    ...meaning('did you mean 50ms?', ['50millisecond', '50 milliseconds']),
    ...meaning('did you mean 5m?', ['5M', '5 m', '5min', '5mins', '5minute', '5 minutes']),
    ...meaning('did you mean 1h?', ['1H', '1 h', '1hr', '1hrs', '1hour', '1 hours']),
    ...meaning('did you mean 123456789s?', ['123456789']),
    ...meaning(undefined, ['', '1234567890', '1.5s', '-1s', '+10', 'x10', '1m30s', '10s!', '1d']),
    ...meaning(undefined, ['1 am', '1 arms', '1 days', '1 mho', '1 moth', '1 hm', '1 sh', '1 mss']),
  })
  t.end()
})

t.test('a size by another name is known, and bytes are meant without a unit', (t) => {
  checkHints(t, parseSize, {
    ...meaning('did you mean 64B?', ['64', ' 64 ', '64b', '64 B']),
    ...meaning('did you mean 64KiB?', ['64k', '64K', '64kb', '64KB', '64kib', '64 KiB ']),
    ...meaning('did you mean 1MiB?', ['1m', '1M', '1mb', '1 MB', '1MIB']),
    ...meaning(undefined, ['', '1234567890', '1.5MiB', '-1B', '1GiB', 'x64', '64kb!', '64 kbits']),
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
  checkHints(t, parseBoolean, {
    ...meaning('did you mean true?', ['yes', 'Y', 'on', '1', 'TRUE', ' true ']),
    ...meaning('did you mean false?', ['no', 'N', 'off', '0', 'False', 'false\n']),
    ...meaning(undefined, ['', 'maybe', '2', 'truefalse']),
  })
  t.end()
})
