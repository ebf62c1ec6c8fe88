import t from 'tap'
import { oneOf } from '../../../src/settings/values/one-of.js'
import { parseEmail } from '../../../src/settings/values/parse-email.js'
import { parseHost } from '../../../src/settings/values/parse-host.js'
import { parseMetadataHost } from '../../../src/settings/values/parse-metadata-host.js'
import { parseHttpsOrigin, parseOrigin } from '../../../src/settings/values/parse-origin.js'
import { parsePath, parseText } from '../../../src/settings/values/parse-text.js'
import { parseTokenUrl } from '../../../src/settings/values/parse-token-url.js'
import { checkHints, checkParser } from './check-parser.js'

t.test('a host is a name or an address without a port', (t) => {
  const wants = /without scheme and port/
  checkParser(t, parseHost, {
    takes: {
      'Proxy.Internal': 'proxy.internal',
      my_service: 'my_service',
      'Example.com.': 'example.com',
      '10.0.0.1': '10.0.0.1',
      '[::1]': '::1',
      '0:0:0:0:0:0:0:1': '::1',
      'FE80::1': 'fe80::1',
    },
    refuses: {
      '': wants,
      '*': wants,
      '*.example.com': wants,
      'example.com:80': wants,
      'example.com..': wants,
      '.': wants,
      'https://example.com': wants,
      'example.com/': wants,
      'a b': wants,
      'a,b': wants,
      '-a': wants,
      '[example.com]': wants,
      '[::1a': wants,
      'a::1]': wants,
      'user:key@[::1': wants,
      'exämple.com': wants,
      'a\u200b': wants,
      '1.2.3.4.5': wants,
      [`${'a.'.repeat(50_000)}a`]: wants,
    },
  })
  t.end()
})

t.test('the upstream is an https origin', (t) => {
  const wants = /an https origin/
  checkParser(t, parseHttpsOrigin, {
    takes: {
      'https://api.example.com': 'https://api.example.com',
      'https://api.example.com/': 'https://api.example.com',
      'https://api.example.com.:8443': 'https://api.example.com:8443',
      'HTTPS://API.Example.com:443': 'https://api.example.com',
      'https://localhost:8443': 'https://localhost:8443',
      'https://[::1]:8443': 'https://[::1]:8443',
    },
    refuses: {
      '': wants,
      'api.example.com': wants,
      'http://api.example.com': wants,
      'https:api.example.com': wants,
      'https:///api.example.com': wants,
      'https:\\\\api.example.com': wants,
      'https://api.example.com..': wants,
      'https://.': wants,
      'https://api.example.com//': wants,
      'https://api.example.com/v1': wants,
      'https://api.example.com?': wants,
      'https://api.example.com#': wants,
      'https://user@api.example.com': wants,
      'https://api.example.com:65536': wants,
      'https://api.example.com:0': wants,
      'https://api.example.com:': wants,
      'https://api.example.com\n': wants,
      'https://api\t.example.com': wants,
    },
  })
  t.end()
})

t.test('the origin of a page is as a browser sends it', (t) => {
  const wants = /neither \* nor null/
  checkParser(t, parseOrigin, {
    takes: {
      'http://localhost:3000': 'http://localhost:3000',
      'HTTP://LOCALHOST:80/': 'http://localhost',
      'chrome-extension://abcdefgh': 'chrome-extension://abcdefgh',
    },
    refuses: {
      '': wants,
      '*': wants,
      null: wants,
      'http://*': wants,
      'http://localhost:3000/app': wants,
      localhost: wants,
      'file://': wants,
      ' http://localhost:3000': wants,
    },
  })
  t.end()
})

t.test('credentials go to https, or to this machine', (t) => {
  const wants = /a URL like/
  checkParser(t, parseTokenUrl, {
    takes: {
      'https://oauth2.googleapis.com/token': 'https://oauth2.googleapis.com/token',
      'http://127.0.0.1:9000/token': 'http://127.0.0.1:9000/token',
      'http://[::1]:9000/token': 'http://[::1]:9000/token',
      'http://localhost': 'http://localhost/',
    },
    refuses: {
      '': wants,
      token: wants,
      'ftp://localhost/': wants,
      'https://': wants,
      'https://example.com/?key=1': wants,
      'https://example.com/#a': wants,
      'https://user:pass@example.com/': wants,
      'https://exa mple.com/': wants,
      ' https://example.com/': wants,
      'http://example.com/token': /https URL/,
      'http://0.0.0.0/token': /https URL/,
      'http://localhost.example.com/token': /https URL/,
    },
  })
  t.end()
})

t.test('a service account is an e-mail address', (t) => {
  const wants = /e-mail address/
  checkParser(t, parseEmail, {
    takes: {
      'a-b@c.iam.gserviceaccount.com': 'a-b@c.iam.gserviceaccount.com',
      'me@project.iam': 'me@project.iam',
      [`${'a'.repeat(250)}@b.c`]: `${'a'.repeat(250)}@b.c`,
    },
    refuses: {
      '': wants,
      a: wants,
      'a@b': wants,
      '@b.c': wants,
      'a@b@c.d': wants,
      'a b@c.d': wants,
      'a/../b@c.d': wants,
      'a@b.c\n': wants,
      [`${'a'.repeat(251)}@b.c`]: wants,
    },
  })
  t.end()
})

t.test('a text is of one line and not empty', (t) => {
  for (const [parse, wants] of [
    [parseText, /single line of text/],
    [parsePath, /path of a file/],
  ] as const) {
    checkParser(t, parse, {
      takes: { 'a b': 'a b', 'ä/漢字.json': 'ä/漢字.json', '-': '-' },
      refuses: { '': wants, ' ': wants, 'a\nb': wants, 'a\0': wants, '\u001b[31m': wants },
    })
  }
  t.end()
})

t.test('a word is one of a few', (t) => {
  const parse = oneOf('json', 'pretty', 'gcp')
  const wants = /^one of json, pretty, gcp$/
  checkParser(t, parse, {
    takes: { json: 'json', gcp: 'gcp' },
    refuses: { '': wants, JSON: wants, 'json ': wants, jso: wants },
  })
  checkHints(t, parse, {
    prety: 'did you mean pretty?',
    JSON: 'did you mean json?',
    xml: undefined,
  })
  t.same(parse.choices, ['json', 'pretty', 'gcp'], 'what a completion offers')
  t.end()
})

t.test('the metadata server is a host, with or without a port', (t) => {
  const wants = /a host like metadata.google.internal or 127.0.0.1:8080/
  checkParser(t, parseMetadataHost, {
    takes: {
      'metadata.google.internal': 'metadata.google.internal',
      'metadata.google.internal:80': 'metadata.google.internal',
      'HTTP://127.0.0.1:8080': '127.0.0.1:8080',
      '[::1]:8080': '[::1]:8080',
    },
    refuses: {
      '': wants,
      ':80': wants,
      'https://metadata.google.internal': wants,
      'a.http://b': wants,
      'host/path': wants,
      'host?query': wants,
      'user@host': wants,
      'host:65536': wants,
      '256.0.0.1': wants,
    },
  })
  t.end()
})
