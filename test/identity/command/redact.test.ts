import t from 'tap'
import { redact } from '../../../src/identity/command/redact.js'

t.test('what could be a secret is replaced, and the complaint stays', (t) => {
  const cases: [text: string, shown: string][] = [
    [
      "ModuleNotFoundError: No module named 'tailer'",
      "ModuleNotFoundError: No module named 'tailer'",
    ],
    ['token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln is bad', 'token [redacted] is bad'],
    ['{"refresh_token":"1//0gABCDEFGHIJKLMNOPQRST"}', '{"refresh_token":"[redacted]"}'],
    ['key=AIzaSyA%2DBCDEFGHIJKLMNOPQRSTU', '[redacted]'],
    ['user a.person@b.test is unknown', 'user [redacted] is unknown'],
    ['https://user:hunter2@proxy.test:3128 refused', '[redacted] refused'],
  ]
  for (const [text, shown] of cases) t.equal(redact(text), shown)
  t.end()
})

t.test('it is one short line, of the last that was said', (t) => {
  t.equal(redact('Traceback\n  File "x"\r\n\nfirst\nlast\n'), 'first; last')
  t.equal(redact('no '.repeat(100)).length, 201)
  t.equal(redact('a\u0000b\u001b[31mc\u007f'), 'a b [31mc ')
  t.end()
})
