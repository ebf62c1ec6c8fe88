import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { normalizePem } from '../../../src/identity/google/normalize-pem.js'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string

const HANDED_ON: Record<string, string> = {
  'as it is': PEM,
  'spaces for line ends': PEM.replaceAll('\n', ' '),
  'no line ends at all': PEM.replaceAll('\n', ''),
  'literal \\n': PEM.replaceAll('\n', '\\n'),
  'literal \\\\n': PEM.replaceAll('\n', '\\\\n'),
  'literal \\r\\n': PEM.replaceAll('\n', '\\r\\n'),
  'carriage returns': PEM.replaceAll('\n', '\r\n'),
  'quotes around': `"${PEM}"`,
  'quotes and literal \\n': `'${PEM.replaceAll('\n', '\\n')}'`,
  'escaped quotes': `\\"${PEM.replaceAll('\n', '\\n')}\\"`,
  'indented lines': PEM.replaceAll('\n', '\n    '),
  'literal \\\\r': PEM.replaceAll('\n', '\\\\r'),
  'quotes escaped twice': `\\\\"${PEM}\\\\"`,
  'spaces around': ` \n${PEM} `,
  'spaces around quotes': ` "${PEM}" `,
  'quotes with spaces in them': `' ${PEM} '`,
  backquotes: `\`${PEM}\``,
  'a line': PEM.replaceAll('\n', ' \\\n'),
}

t.test('a private key is read, however a secret manager hands it on', (t) => {
  for (const [how, text] of Object.entries(HANDED_ON)) {
    t.equal(normalizePem(text), PEM, how)
  }
  t.end()
})

const OTHERS = [
  ...[`key: ${PEM}`, `${PEM}.`, `"${PEM.trim()}'`, PEM.replace('END PRIVATE', 'END PUBLIC')],
  ...[
    `key: "${PEM}"`,
    `"${PEM}"x`,
    PEM.replace('M', '?'),
    PEM.replaceAll('PRIVATE', 'private'),
    '"',
    'a\\"b',
  ],
]

t.test('what is no one PEM block stays as it is', (t) => {
  for (const text of ['', 'abc', `${PEM.trim()}\n${PEM.trim()}`, PEM.slice(0, 100), ...OTHERS]) {
    t.equal(normalizePem(text), text.trim())
  }
  t.end()
})

t.test('line ends are had back in whatever is not one block, too', (t) => {
  const two = `${PEM}${PEM}`
  for (const end of ['\\n', '\\r\\n', '\\\\r\\\\n', '\\r', '\\\n', '\\\r\n']) {
    t.equal(normalizePem(two.replaceAll('\n', end)), two.trim(), JSON.stringify(end))
  }
  t.end()
})
