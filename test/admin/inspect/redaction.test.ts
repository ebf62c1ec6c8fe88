import t from 'tap'
import { RecordedBody, SHOWN_BYTES } from '../../../src/admin/inspect/recorded-body.js'
import { Redaction } from '../../../src/admin/inspect/redaction.js'

const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl'

function knowing(...tokens: string[]): Redaction {
  const redaction = new Redaction('x-key')
  for (const token of tokens) redaction.learn(token)
  return redaction
}

t.test('a token is taken out wherever it stands, and what follows an older one too', (t) => {
  const redaction = knowing('older-token-1', TOKEN)
  t.equal(
    redaction.text(`a ${TOKEN} b ${TOKEN}older-token-1`),
    'a [redacted] b [redacted][redacted]',
  )
  t.equal(redaction.text('nothing of it'), 'nothing of it')
  t.end()
})

t.test(
  'a token that the end of the text truncates is redacted, however little is left of it',
  (t) => {
    const redaction = knowing(TOKEN)
    for (let length = 8; length < TOKEN.length; length++) {
      t.equal(redaction.text(`bearer ${TOKEN.slice(0, length)}`), 'bearer [redacted]', `${length}`)
    }
    t.end()
  },
)

t.test('fields of credentials are left out or redacted, whatever their case', (t) => {
  const fields = knowing(TOKEN).fields([
    ...['Authorization', 'Bearer a', 'PROXY-Authorization', 'b', 'x-serverless-authorization', 'c'],
    ...['Cookie', 'd=e', 'set-cookie', 'f=g', 'Set-Cookie', 'h', 'X-Key', 'i'],
    ...['x-echo', `<${TOKEN}>`, 'Accept', '*/*'],
  ])
  t.same(fields, [
    ['Cookie', '[redacted]'],
    ['set-cookie', '[redacted]'],
    ['Set-Cookie', '[redacted]'],
    ['X-Key', '[redacted]'],
    ['x-echo', '<[redacted]>'],
    ['Accept', '*/*'],
  ])
  t.end()
})

t.test('of a body 16 KiB are shown, and no half of a character', (t) => {
  const read = (parts: readonly (string | Buffer)[], redact = (text: string) => text) => {
    const body = new RecordedBody()
    for (const part of parts) body.add(Buffer.from(part))
    return body.read(redact)
  }
  t.same(read([]), { body: '', truncated: false })
  t.same(read(['a', 'é'.repeat(3)]), { body: 'aééé', truncated: false })
  t.same(read([Buffer.from([0xff, 0x61])]), { body: '\ufffda', truncated: false })
  const exact = 'a'.repeat(SHOWN_BYTES)
  t.same(read([exact]), { body: exact, truncated: false })
  t.same(read([exact, 'b']), { body: exact, truncated: true })
  t.same(read([`a${'é'.repeat(SHOWN_BYTES)}`]), {
    body: `a${'é'.repeat(SHOWN_BYTES / 2 - 1)}`,
    truncated: true,
  })
  t.same(read(['é'.slice(0, 0), Buffer.from([0xc3]), Buffer.from([0xa9])]), {
    body: 'é',
    truncated: false,
  })
  t.end()
})

t.test('a token that begins in what is shown is redacted, wherever the body is truncated', (t) => {
  const redaction = knowing(TOKEN)
  for (let before = SHOWN_BYTES - 60; before < SHOWN_BYTES + 5; before++) {
    const body = new RecordedBody()
    body.add(Buffer.from('x'.repeat(before) + TOKEN + 'y'.repeat(100_000)))
    t.notMatch(body.read((text) => redaction.text(text)).body, 'eyJh', `${before}`)
  }
  const many = new RecordedBody()
  many.add(Buffer.from(TOKEN.repeat(2_000)))
  const { body, truncated } = many.read((text) => redaction.text(text))
  t.match(body, /^(\[redacted\])+$/, 'redacting makes room for what was beyond the end')
  t.equal(truncated, true)
  t.end()
})
