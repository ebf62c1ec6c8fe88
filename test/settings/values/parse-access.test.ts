import t from 'tap'
import { parseHeader } from '../../../src/settings/values/parse-header.js'
import { parseRule } from '../../../src/settings/values/parse-rule.js'
import { checkHints, checkParser } from './check-parser.js'

t.test('a rule is a method with a path or a prefix', (t) => {
  const wants = /METHOD \/path or METHOD \/prefix\/\*/
  checkParser(t, parseRule, {
    takes: {
      'GET /v1/dag': { method: 'GET', path: '/v1/dag', prefix: false },
      'GET  /': { method: 'GET', path: '/', prefix: false },
      'GET /*': { method: 'GET', path: '/', prefix: true },
      'POST /v1/*': { method: 'POST', path: '/v1/', prefix: true },
      '* /v1/dag': { method: '*', path: '/v1/dag', prefix: false },
      'M-SEARCH /a%20b': { method: 'M-SEARCH', path: '/a%20b', prefix: false },
    },
    refuses: {
      '': wants,
      GET: wants,
      '/v1': wants,
      'get /v1': wants,
      'gET /v1': wants,
      'GET v1': wants,
      'GET *': wants,
      'GET, /v1': wants,
      'GET /v1/*/status': wants,
      'GET /v1/**': wants,
      'GET /v1 /v2': wants,
      'GET /v1?a=b': wants,
      'GET /v1#a': wants,
      'GET //v1': wants,
      'GET /v1/../v2': wants,
      'GET /v1/%2E%2e': wants,
      'GET /v1\\v2': wants,
      'GET /é': wants,
      'GET /v1\n': wants,
      'GET /v1*': /only as the last segment/,
    },
  })
  t.end()
})

t.test('a required header is a name and a secret value', (t) => {
  const read = (text: string) => {
    const { name, value } = parseHeader(text)
    return [name, value.reveal()]
  }
  const wants = /'NAME: VALUE'/
  checkParser(t, read, {
    takes: {
      'X-Key: s3cret': ['x-key', 's3cret'],
      'X-Key:s3cret': ['x-key', 's3cret'],
      'X-Key: \t a: b,c \t': ['x-key', 'a: b,c'],
      'X-Host: a': ['x-host', 'a'],
      'Host-Key: a': ['host-key', 'a'],
      'Tenant: a': ['tenant', 'a'],
      'X-Content-Key: a': ['x-content-key', 'a'],
    },
    refuses: {
      '': wants,
      'X-Key': wants,
      'X-Key:': wants,
      'X-Key: ': wants,
      ': a': wants,
      'X Key: a': wants,
      'X-Key : a': wants,
      'X-Kéy: a': wants,
      'X-Key: é': wants,
      'X-Key: a\r\nY: b': wants,
      'X-Key: a\0': wants,
      ...Object.fromEntries(
        [
          ...['Host', 'connection', 'Keep-Alive', 'proxy-connection', 'Transfer-Encoding', 'TE'],
          ...['trailer', 'Upgrade', 'expect', 'content-length', 'Content-Type'],
        ].map((name) => [`${name}: x`, /HTTP does not use/]),
      ),
    },
  })
  checkHints(t, parseHeader, {
    'Host: x': 'HTTP itself needs host: choose a name of your own, like x-local-key',
    'X-Key': undefined,
  })
  t.end()
})
