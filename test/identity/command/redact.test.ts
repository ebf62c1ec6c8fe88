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
    ['User token : Sx7x7', 'User token : [redacted]'],
    ['password=hunter2, user=me', 'password=[redacted], user=me'],
    ['got Bearer SECRETopaque123', 'got Bearer [redacted]'],
    ['got bearer  x7', 'got bearer  [redacted]'],
    ['Authorization: Bearer x:y', 'Authorization: [redacted]'],
    ['Bearer token: x7', 'Bearer [redacted] [redacted]'],
    ['Authorization: Basic aHVudGVy', 'Authorization: [redacted]'],
    ['{"access_token":"SECRETshort","a":1}', '{"access_token":"[redacted]","a":1}'],
    ['{"client_secret" : "two words"}', '{"client_secret" : "[redacted]"}'],
    ["{'api_key': 'it\\'s'}", "{'api_key': '[redacted]'}"],
    [String.raw`said {\"id_token\":\"short\"}`, String.raw`said {\"id_token\":\"[redacted]`],
    ['GET /v1/token?key=short&a=b', 'GET /v1/token?key=[redacted]&a=b'],
    ['api key = abc', 'api key = [redacted]'],
    ['password:\nhunter2', 'password:; [redacted]'],
    ['token expired', 'token expired'],
    ['no token found: log in first', 'no token found: log in first'],
    ['the password is wrong', 'the password is wrong'],
  ]
  for (const [text, shown] of cases) t.equal(redact(text), shown)
  t.equal(redact('it was x7 and x7', ['x7']), 'it was [redacted] and [redacted]')
  t.end()
})

t.test('it is one short line, of the last that was said', (t) => {
  t.equal(redact('Traceback\n  File "x"\r\n\nfirst\nlast\n'), 'first; last')
  t.equal(redact('  Traceback\n   first \n\t last  \n'), 'first; last')
  t.equal(redact('no '.repeat(100)).length, 201)
  const longest = `no${' no'.repeat(66)}`
  t.equal(longest.length, 200)
  t.equal(redact(longest), longest)
  t.equal(redact('a\u0000b\u001b[31mc\u007f'), 'a b [31mc ')
  t.end()
})
