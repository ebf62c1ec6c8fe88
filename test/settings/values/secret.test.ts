import { format, inspect } from 'node:util'
import t from 'tap'
import { parseProxyUrl } from '../../../src/settings/values/parse-proxy-url.js'
import { parseToken } from '../../../src/settings/values/parse-token.js'
import { Secret } from '../../../src/settings/values/secret.js'
import { checkHints, checkParser } from './check-parser.js'

t.test('a secret prints as [secret], however it is printed', (t) => {
  const secret = new Secret('s3cret')
  const holder = { nested: { secret } }
  for (const text of [
    String(secret),
    JSON.stringify(holder),
    inspect(holder, { showHidden: true, depth: null }),
    format('%s %o %O %j', secret, secret, secret, secret),
  ]) {
    t.match(text, '[secret]')
    t.notMatch(text, 's3cret')
  }
  t.equal({ ...holder.nested }.secret.reveal(), 's3cret')
  t.end()
})

t.test('a token is one word', (t) => {
  const wants = /one word, without Bearer/
  checkParser(t, (text) => parseToken(text).reveal(), {
    takes: { abc: 'abc', ' a.b-c_d=\r\n': 'a.b-c_d=' },
    refuses: { '  ': wants, 'Bearer abc': wants, 'a\nb': wants, é: wants, 'a\0': wants },
  })
  t.end()
})

t.test('a proxy is an http URL, whose scheme may be left out', (t) => {
  const wants = /a URL like http:/
  checkParser(t, (text) => parseProxyUrl(text).reveal(), {
    takes: {
      'http://proxy:3128': 'http://proxy:3128/',
      'https://user:pass@proxy': 'https://user:pass@proxy/',
      'proxy:3128': 'http://proxy:3128/',
      'http://socks-gateway:3128': 'http://socks-gateway:3128/',
    },
    refuses: {
      '': wants,
      'socks5://proxy': wants,
      'SOCKS4://proxy': wants,
      'ftp://proxy': wants,
      'xhttp://proxy': wants,
      'http://': wants,
      'http://a b': wants,
      'http://proxy\\@other': wants,
      'http://proxy ': wants,
      'http://256.0.0.1': wants,
    },
  })
  const hint =
    'SOCKS proxies are not supported: set HTTPS_PROXY to an HTTP proxy, or unset the variable'
  checkHints(t, parseProxyUrl, { 'socks5://proxy': hint, 'ftp://proxy': undefined })
  t.end()
})
