import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
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
  'a line': PEM.replaceAll('\n', ' \\\n'),
}

t.test('a private key is read, however a secret manager hands it on', (t) => {
  for (const [how, text] of Object.entries(HANDED_ON)) {
    const key = createPrivateKey(normalizePem(text))
    t.ok(key.equals(privateKey), how)
  }
  t.end()
})

t.test('what is no one PEM block stays as it is', (t) => {
  for (const text of ['', 'abc', `${PEM.trim()}\n${PEM.trim()}`, PEM.slice(0, 100)]) {
    t.equal(normalizePem(text), text.trim())
  }
  t.end()
})
