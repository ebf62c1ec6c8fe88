import t from 'tap'
import { shown } from '../../src/access/shown.js'

t.test('a value is quoted, of printable ASCII and at most 64 characters', (t) => {
  t.equal(shown('evil.example'), '"evil.example"')
  t.equal(shown(''), '""')
  t.equal(shown('a\tb\u00ff\u007f'), '"a?b??"')
  t.equal(shown('x'.repeat(64)), `"${'x'.repeat(64)}"`)
  t.equal(shown('x'.repeat(65)), `"${'x'.repeat(64)}"...`)
  t.end()
})

t.test('what looks like a credential is not repeated', (t) => {
  for (const value of [
    'Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln',
    '/v1/AIzaSyA1234567890abcdefgh/x',
    'ya29.a0AfH6SMB',
    '-----BEGIN PRIVATE KEY-----',
    '1//0gAbCdEf_-hIjKlMnOpQ',
    `${'x'.repeat(80)} GOCSPX-abc`,
  ]) {
    t.match(shown(value), /not shown/, value)
  }
  for (const value of ['/1//x', '1//0short', 'AIzaShort', 'eyJust', 'xya29.a', 'keyJustAName_1']) {
    t.equal(shown(value), `"${value}"`, 'only by its beginning it is like one')
  }
  t.end()
})
