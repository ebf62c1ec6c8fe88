import t from 'tap'
import { didYouMean } from '../../../src/settings/help/did-you-mean.js'
import { load, failureOf } from '../load.js'

const hintOf = (...argv: string[]) => failureOf(argv).hint

t.test('a name of other programs is told by ours', (t) => {
  const cases: [argv: string[], hint: string][] = [
    [['--port', '1'], 'did you mean --listen?'],
    [['-p', '1'], 'did you mean --listen?'],
    [['--host', 'a'], 'did you mean --listen?'],
    [['--key-file', 'a'], 'did you mean --credentials?'],
    [['--cacert', 'a'], 'did you mean --ca-file?'],
    [['--url', 'a'], 'did you mean --upstream?'],
    [['--verbose'], 'did you mean --log-level?'],
    [['--log-level', 'verbose'], 'did you mean debug?'],
    [['--log-level', 'warning'], 'did you mean warn?'],
    [['--log-format', 'text'], 'did you mean pretty?'],
    [['--identity', 'service_account'], 'did you mean service-account?'],
    [['--token-type', 'idtoken'], 'did you mean id-token?'],
    [['health'], 'did you mean healthcheck?'],
    [['serve'], 'did you mean start?'],
  ]
  for (const [argv, hint] of cases) t.equal(hintOf(...argv), hint, argv.join(' '))
  t.match(hintOf('--token', 'a'), 'TAILER_PROXY_TOKEN')
  t.match(hintOf('--insecure'), '--ca-file')
  t.equal(
    failureOf([], { TAILER_PROXY_PORT: '8080' }).hint,
    'did you mean TAILER_PROXY_LISTEN?',
    'a variable by a variable',
  )
  t.end()
})

t.test('a name that is near none gets no suggestion', (t) => {
  t.equal(hintOf('--foo'), 'tailer-proxy help start lists the flags')
  t.equal(hintOf('frobnicate'), 'tailer-proxy --help lists the commands')
  t.equal(hintOf('--log-level', 'purple'), undefined)
  t.equal(failureOf([], { TAILER_PROXY_XYZ: 'a' }).hint, undefined)
  t.equal(didYouMean('', ['a', 'ab']), undefined)
  t.end()
})

t.test('a third of the letters may be wrong, and two neighbours may be swapped', (t) => {
  t.equal(hintOf('strat'), 'did you mean start?')
  t.equal(hintOf('wiat'), 'did you mean wait?')
  t.equal(hintOf('--lisen', 'a'), 'did you mean --listen?')
  t.equal(hintOf('--upstraem', 'a'), 'did you mean --upstream?')
  t.equal(didYouMean('abc', ['axy']), undefined)
  t.equal(didYouMean('abcdef', ['abcdxy']), 'did you mean abcdxy?')
  t.end()
})

t.test('a value that is nearly right is told as it should be', (t) => {
  const cases: [flag: string, value: string, hint: string][] = [
    ['--listen', '8080', '127.0.0.1:8080'],
    ['--listen', ':8080', '127.0.0.1:8080'],
    ['--listen', 'localhost', '127.0.0.1:8080'],
    ['--listen', '127.0.0.1', '127.0.0.1:8080'],
    ['--listen', '::1', '[::1]:8080'],
    ['--listen', '[::1]', '[::1]:8080'],
    ['--listen', '::1:9000', '[::1]:9000'],
    ['--listen', '*:9000', '0.0.0.0:9000'],
    ['--listen', 'http://localhost:9000/', '127.0.0.1:9000'],
    ['--admin', 'localhost', '127.0.0.1:9901'],
    ['--admin', 'none', 'off'],
    ['--connect-timeout', '10', '10s'],
    ['--connect-timeout', '10 sec', '10s'],
    ['--connect-timeout', '5min', '5m'],
    ['--connect-timeout', '250msec', '250ms'],
    ['--replay-limit', '64KB', '64KiB'],
    ['--replay-limit', '64k', '64KiB'],
    ['--replay-limit', '1M', '1MiB'],
    ['--replay-limit', '512', '512B'],
  ]
  for (const [flag, value, meant] of cases) {
    t.equal(hintOf(flag, value), `did you mean ${meant}?`, `${flag} ${value}`)
    load([`${flag}=${meant}`, '--unsafe-listen'])
  }
  t.equal(hintOf('--listen', '/run/a.sock'), 'put unix: in front of the path of a socket')
  t.equal(hintOf('--read-only=yes'), 'did you mean true?')
  t.equal(hintOf('--listen', 'my.host'), undefined)
  t.equal(hintOf('--connect-timeout', 'soon'), undefined)
  t.end()
})
