import t from 'tap'
import { parseCommandWords } from '../../../src/settings/values/parse-command-words.js'
import { parsePattern } from '../../../src/settings/values/parse-pattern.js'
import { checkHints, checkParser } from './check-parser.js'

t.test('a command line is split into words as a shell would', (t) => {
  const quotes = /quotes and escapes are complete/
  const none = /like 'tailer auth get-token'/
  checkParser<readonly string[]>(t, parseCommandWords, {
    takes: {
      'tailer auth get-token': ['tailer', 'auth', 'get-token'],
      ' \t a  b\n': ['a', 'b'],
      "a 'b c' d": ['a', 'b c', 'd'],
      'a "b c" d': ['a', 'b c', 'd'],
      'a b\'c d\'"e f"g': ['a', 'bc de fg'],
      'a \'\' ""': ['a', '', ''],
      "a '\\n $X | `'": ['a', '\\n $X | `'],
      'a "\\$X \\` \\" \\\\ \\n"': ['a', '$X ` " \\ \\n'],
      'a "|&;<>()*?[~#"': ['a', '|&;<>()*?[~#'],
      'a "it\'s"': ['a', "it's"],
      'a b\\ c \\| \\$ \\~': ['a', 'b c', '|', '$', '~'],
      'a b\\\nc "d\\\ne"': ['a', 'bc', 'de'],
      'a b~c d#e --x=y {} !': ['a', 'b~c', 'd#e', '--x=y', '{}', '!'],
      'ä 漢字 🙂': ['ä', '漢字', '🙂'],
    },
    refuses: {
      '': none,
      '  ': none,
      "''": none,
      'a \0': none,
      "a 'b": quotes,
      'a "b': quotes,
      'a "b\\"': quotes,
      'a \\': quotes,
      'a | b': /without \|/,
      'a|b': /without \|/,
      'a && b': /without &/,
      'a; b': /without ;/,
      'a > b': /without >/,
      'a 2>&1': /without >/,
      'a < b': /without </,
      'a $X': /without \$/,
      'a $(b)': /without \$/,
      'a "$X"': /without \$/,
      'a `b`': /without `/,
      'a "`b`"': /without `/,
      '(a)': /without \(/,
      'a *': /without \*/,
      'a ?': /without \?/,
      'a [b]': /without \[/,
      '~/a': /without ~/,
      'a #b': /without #/,
    },
  })
  const hint = "the command is run without a shell: quote the character, or use sh -c '…'"
  checkHints(t, parseCommandWords, { 'a | b': hint, 'a "$X"': hint, '': undefined })
  t.end()
})

t.test('a long command line is split in good time', (t) => {
  t.equal(parseCommandWords('a '.repeat(100_000)).length, 100_000)
  t.equal(parseCommandWords(`a "${'b'.repeat(100_000)}"`)[1]?.length, 100_000)
  t.end()
})

t.test('a pattern has a group for the token', (t) => {
  const wants = /with a group around the token/
  checkParser(t, (text) => parsePattern(text).source, {
    takes: {
      '(\\S+)': '(\\S+)',
      'token: (?<token>\\S+)': 'token: (?<token>\\S+)',
      '(a)|b': '(a)|b',
      [`(${'a'.repeat(998)})`]: `(${'a'.repeat(998)})`,
    },
    refuses: {
      '': wants,
      token: wants,
      '(?:a)': wants,
      '\\(a\\)': wants,
      '[(a)]': wants,
      '(': wants,
      'a)|(b': wants,
      '(a)\\': wants,
      [`(${'a'.repeat(999)})`]: /at most 1000 characters/,
    },
  })
  t.end()
})
