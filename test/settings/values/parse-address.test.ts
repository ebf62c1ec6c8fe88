import t from 'tap'
import { isLoopback } from '../../../src/settings/values/is-loopback.js'
import {
  isLocalAddress,
  parseAddress,
  parseAddressOrOff,
  printAddress,
} from '../../../src/settings/values/parse-address.js'
import { checkHints, checkParser } from './check-parser.js'

const tcp = (host: string, port: number) => ({ kind: 'tcp' as const, host, port })
const unix = (path: string) => ({ kind: 'unix' as const, path })

t.test('an address is a host with a port, or a socket file', (t) => {
  const wants = /HOST:PORT, \[::1\]:PORT or unix:\/path/
  checkParser(t, parseAddress, {
    takes: {
      '127.0.0.1:8080': tcp('127.0.0.1', 8080),
      '127.1:8080': tcp('127.0.0.1', 8080),
      'LOCALHOST:0': tcp('localhost', 0),
      '[::1]:65535': tcp('::1', 65_535),
      '[0:0:0:0:0:0:0:1]:80': tcp('::1', 80),
      '0.0.0.0:8080': tcp('0.0.0.0', 8080),
      'my_service.internal:1': tcp('my_service.internal', 1),
      'unix:/run/tailer proxy.sock': unix('/run/tailer proxy.sock'),
      [`unix:/${'a'.repeat(102)}`]: unix(`/${'a'.repeat(102)}`),
    },
    refuses: {
      '': wants,
      '8080': wants,
      ':8080': wants,
      '127.0.0.1': wants,
      '127.0.0.1:': wants,
      '127.0.0.1:65536': wants,
      '127.0.0.1:-1': wants,
      '127.0.0.1:80 ': wants,
      '256.0.0.1:80': wants,
      '::1:8080': wants,
      '[::1]': wants,
      '[::1%lo]:80': wants,
      '[127.0.0.1:80': wants,
      '[]:80': wants,
      'user@localhost:80': wants,
      'localhost/x:80': wants,
      'http://localhost:80': wants,
      'bücher.example:80': wants,
      'a..b:80': wants,
      off: wants,
      'unix:': wants,
      'unix:relative': wants,
      'unix:/run/': wants,
      'unix:/run/a\0b': wants,
      [`unix:/${'a'.repeat(103)}`]: /at most 103 bytes/,
      [`unix:/${'ä'.repeat(60)}`]: /at most 103 bytes/,
      [`${'a'.repeat(100_000)}:80`]: wants,
    },
  })
  t.end()
})

t.test('loopback is what no other machine can reach', (t) => {
  const local = ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1']
  for (const host of [...local, 'localhost', 'Localhost']) t.ok(isLoopback(host), host)
  const others = ['0.0.0.0', '::', '128.0.0.1', '::ffff:10.0.0.1', '::2', 'localhost.example', '']
  for (const host of others) t.notOk(isLoopback(host), host)
  t.ok(isLocalAddress(parseAddress('unix:/run/a.sock')))
  t.ok(isLocalAddress(parseAddress('[::ffff:127.0.0.1]:1')))
  t.ok(isLocalAddress(parseAddress('0x7f000001:1')))
  t.notOk(isLocalAddress(parseAddress('0:1')))
  t.end()
})

t.test('a listener may be off', (t) => {
  const wants = /unix:\/path, or off$/
  checkParser(t, parseAddressOrOff, {
    takes: { off: 'off', '127.0.0.1:1': tcp('127.0.0.1', 1) },
    refuses: { no: wants, None: wants, false: wants, disable: wants, '': /unix:\/path$/ },
  })
  checkHints(t, parseAddressOrOff, {
    ...Object.fromEntries(
      ['no', 'None', 'false', 'disable', 'disabled', 'never', '-'].map((text) => [
        text,
        'did you mean off?',
      ]),
    ),
    'no-proxy': undefined,
    casino: undefined,
    localhost: 'did you mean 127.0.0.1:9901?',
  })
  t.end()
})

t.test('an address is shown as it could be given', (t) => {
  for (const text of ['127.0.0.1:8080', '[::1]:80', 'proxy.internal:1', 'unix:/run/a.sock']) {
    t.equal(printAddress(parseAddress(text)), text)
  }
  t.end()
})

t.test('what is meant is suggested, if it can be listened on', (t) => {
  checkHints(t, parseAddress, {
    '8080': 'did you mean 127.0.0.1:8080?',
    ':65535': 'did you mean 127.0.0.1:65535?',
    '*': 'did you mean 0.0.0.0:8080?',
    '*:80': 'did you mean 0.0.0.0:80?',
    LocalHost: 'did you mean 127.0.0.1:8080?',
    '127.0.0.1': 'did you mean 127.0.0.1:8080?',
    '0.0.0.0': 'did you mean 0.0.0.0:8080?',
    '::1': 'did you mean [::1]:8080?',
    '[::1]': 'did you mean [::1]:8080?',
    '[::]': 'did you mean [::]:8080?',
    'http://localhost:80': 'did you mean 127.0.0.1:80?',
    'HTTPS://127.0.0.1:443/': 'did you mean 127.0.0.1:443?',
    '/run/a.sock': 'put unix: in front of the path of a socket',
    'run/a.sock': undefined,
    '/': undefined,
    '': undefined,
    '65536': 'the highest port is 65535',
    ':65536': 'the highest port is 65535',
    'localhost:65536': 'the highest port is 65535',
    '127.0.0.1:99999': 'the highest port is 65535',
    'api.localhost': undefined,
    'localhost/:80': undefined,
    'localhosthttp://:80': undefined,
    'secret.example': undefined,
  })
  t.end()
})
