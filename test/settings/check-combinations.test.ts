import t from 'tap'
import type { Environment } from '../../src/settings/environment/read-variables.js'
import { failureOf, load } from './load.js'

type Case = [argv: string[], environment: Environment, line: string | RegExp]

t.test('an address that other machines reach needs --unsafe-listen', (t) => {
  const notLoopback = (flag: string) =>
    `${flag} is not loopback: other machines could reach it (${flag})`
  for (const address of ['0.0.0.0:1', '[::]:1', '10.0.0.1:1', 'proxy.internal:1', '0:1']) {
    t.match(failureOf(['--listen', address]), { exitCode: 2, line: notLoopback('--listen') })
    t.match(failureOf(['--admin', address]), {
      hint: /--unsafe-listen/,
      line: notLoopback('--admin'),
    })
    t.doesNotThrow(() => load(['--unsafe-listen', '--listen', address]))
  }
  for (const address of [
    '127.0.0.9:1',
    '[::1]:1',
    'localhost:1',
    '[::ffff:127.0.0.1]:1',
    'unix:/a',
  ]) {
    t.doesNotThrow(() => load(['--listen', address]), address)
  }
  t.match(failureOf([], { TAILER_PROXY_LISTEN: '0.0.0.0:1' }).line, /\(TAILER_PROXY_LISTEN\)$/)
  t.end()
})

t.test('--listen and --admin are two addresses', (t) => {
  const same = [
    ['127.0.0.1:1', '127.0.0.1:1'],
    ['127.1:1', '127.0.0.1:1'],
    ['[::1]:1', '[0::1]:1'],
    ['unix:/a', 'unix:/a'],
  ] as const
  for (const [listen, admin] of same) {
    t.match(failureOf(['--listen', listen, '--admin', admin]), {
      line: '--listen and --admin are the same address (--listen, --admin)',
    })
  }
  t.match(failureOf(['--listen', '127.0.0.1:9901']), { line: /\(--listen, default\)$/ })
  const different = [
    ['127.0.0.1:0', '127.0.0.1:0'],
    ['127.0.0.1:1', '127.0.0.1:2'],
    ['127.0.0.1:1', '[::1]:1'],
    ['unix:/a', 'unix:/b'],
    ['127.0.0.1:9901', 'off'],
  ] as const
  for (const [listen, admin] of different) {
    t.doesNotThrow(() => load(['--listen', listen, '--admin', admin]))
  }
  t.end()
})

t.test('credentials have one explicit source', (t) => {
  const several = 'more than one source of credentials'
  const cases: Case[] = [
    [['--credentials=a', '--exec=b'], {}, `${several} (--credentials, --exec)`],
    [['--exec=b'], { TAILER_PROXY_TOKEN: 'c' }, `${several} (--exec, TAILER_PROXY_TOKEN)`],
    [
      [],
      { TAILER_PROXY_CREDENTIALS: 'a', TAILER_PROXY_TOKEN_FILE: 'c' },
      `${several} (TAILER_PROXY_CREDENTIALS, TAILER_PROXY_TOKEN_FILE)`,
    ],
    [
      [],
      { TAILER_PROXY_TOKEN: 'c', TAILER_PROXY_TOKEN_FILE: 'c' },
      `${several} (TAILER_PROXY_TOKEN, TAILER_PROXY_TOKEN_FILE)`,
    ],
    [['token', 'a'], { TAILER_PROXY_EXEC: 'b' }, `${several} (--credentials, TAILER_PROXY_EXEC)`],
  ]
  for (const [argv, environment, line] of cases) {
    t.match(failureOf(argv, environment), { exitCode: 2, line, hint: /keep one of them/ })
  }
  t.doesNotThrow(() => load(['--exec=b'], { GOOGLE_APPLICATION_CREDENTIALS: 'a' }))
  t.doesNotThrow(() => load(['--credentials=a'], { TAILER_PROXY_CREDENTIALS: 'b' }))
  t.end()
})

t.test('--identity agrees with what is given', (t) => {
  const token = { TAILER_PROXY_TOKEN: 'a' }
  const cases: Case[] = [
    [['--identity=exec'], {}, '--identity exec needs --exec (--identity)'],
    [['--identity=exec', '--credentials=a'], {}, '--identity exec needs --exec (--identity)'],
    [['--identity=static'], {}, /^--identity static needs TAILER_PROXY_TOKEN or/],
    [['--identity=static', '--exec=a'], {}, /^--identity static needs TAILER_PROXY_TOKEN or/],
    [['--identity=adc', '--exec=a'], {}, '--identity adc does not go with --exec (--identity)'],
    [
      [],
      { ...token, TAILER_PROXY_IDENTITY: 'tailer' },
      '--identity tailer does not go with TAILER_PROXY_TOKEN (TAILER_PROXY_IDENTITY)',
    ],
  ]
  for (const [argv, environment, line] of cases) t.match(failureOf(argv, environment), { line })
  t.equal(load(['--identity=exec', '--exec=a']).identity, 'exec')
  t.equal(load(['--identity=static'], token).identity, 'static')
  t.equal(load(['--identity=static'], { TAILER_PROXY_TOKEN_FILE: 'a' }).identity, 'static')
  t.equal(load(['--identity=service-account']).identity, 'service-account')
  t.equal(load(['--identity=tailer', '--credentials=a']).identity, 'tailer')
  t.end()
})

t.test('a value that cannot be read is told once', (t) => {
  const { line } = failureOf(['--identity=exec', '--exec=a | b'])
  t.equal(line, '--exec must be a command line without | (command line)')
  t.end()
})

t.test('--impersonate needs a token of another type than jwt', (t) => {
  const impersonate = ['--impersonate', 'a@b.iam.gserviceaccount.com']
  t.match(failureOf(impersonate), {
    line: '--impersonate cannot make a token of type jwt (--impersonate)',
    hint: /--token-type id-token/,
  })
  t.doesNotThrow(() => load([...impersonate, '--token-type=id-token']))
  t.doesNotThrow(() => load([...impersonate, '--token-type=access-token']))
  t.end()
})

t.test('--inspect needs an admin listener that only this machine can reach', (t) => {
  const open = ['--inspect', '--unsafe-listen', '--admin', '0.0.0.0:9901']
  t.match(failureOf(open), {
    exitCode: 2,
    line: '--inspect needs an --admin address that only this machine can reach (--inspect)',
  })
  t.match(failureOf(['--inspect', '--admin', 'off']), {
    line: '--inspect is of no use with --admin off: there is no page to show requests on (--inspect)',
  })
  t.match(
    failureOf(['--admin', 'off'], { TAILER_PROXY_INSPECT: 'true' }).line,
    /\(TAILER_PROXY_INSPECT\)$/,
  )
  for (const admin of ['127.0.0.1:1', '[::1]:1', 'unix:/a']) {
    t.doesNotThrow(() => load(['--inspect', '--admin', admin]), admin)
  }
  t.doesNotThrow(() => load(['--unsafe-listen', '--admin', '0.0.0.0:9901']))
  t.end()
})
