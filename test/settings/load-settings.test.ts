import { chdir } from 'node:process'
import { inspect } from 'node:util'
import t from 'tap'
import type { Environment } from '../../src/settings/environment/read-variables.js'
import { failureOf, load } from './load.js'

t.test('the defaults are those of the contract', (t) => {
  const { sources, homeDirectory, tailerHome, ...settings } = load([], { HOME: '/home/me' })
  t.strictSame(settings, {
    listen: { kind: 'tcp', host: '127.0.0.1', port: 8080 },
    socketMode: 0o600,
    unsafeListen: false,
    admin: { kind: 'tcp', host: '127.0.0.1', port: 9901 },
    upstream: 'https://tailer-api-nqonovswsq-ew.a.run.app',
    caFile: undefined,
    credentials: undefined,
    identity: 'auto',
    tokenType: 'jwt',
    audience: 'https://tailer-api-nqonovswsq-ew.a.run.app',
    impersonate: undefined,
    exec: undefined,
    execPattern: settings.execPattern,
    tokenHeader: 'authorization',
    googleTokenUrl: 'https://oauth2.googleapis.com/token',
    firebaseTokenUrl: 'https://securetoken.googleapis.com/v1/token',
    allowedHosts: [],
    allowedOrigins: [],
    allowedUsers: [],
    readOnly: false,
    rules: undefined,
    requireHeader: undefined,
    maxInFlight: 512,
    connectTimeoutMs: 10_000,
    responseTimeoutMs: 300_000,
    idleTimeoutMs: 300_000,
    clientHeaderTimeoutMs: 10_000,
    drainTimeoutMs: 25_000,
    replayLimitBytes: 65_536,
    inspect: false,
    logLevel: 'info',
    logFormat: 'auto',
    staticToken: undefined,
    tokenFile: undefined,
    googleApplicationCredentials: undefined,
    httpsProxy: undefined,
    proxyVariable: 'HTTPS_PROXY',
    noProxy: undefined,
    extraCaFile: undefined,
    allowExecutables: false,
    gcloudHome: '/home/me/.config/gcloud',
    metadataHost: '169.254.169.254',
  })
  t.equal(homeDirectory, '/home/me')
  t.equal(tailerHome, '/home/me/.tailer-home')
  t.strictSame(new Set(Object.values(sources)), new Set(['default']))
  t.end()
})

t.test('the default pattern finds a labelled token, or a bare one', (t) => {
  const { execPattern } = load()
  const tokenIn = (text: string) => execPattern.exec(text)?.[1]
  t.equal(tokenIn('Welcome!\n\nUser token : abc.def\nBye\n'), 'abc.def')
  t.equal(tokenIn('abc.def'), 'abc.def')
  t.equal(tokenIn(' abc.def\r\n'), 'abc.def')
  t.equal(tokenIn('please log in'), undefined)
  t.equal(tokenIn('please\nlog in'), undefined)
  t.equal(tokenIn(''), undefined)
  t.equal(tokenIn(' '.repeat(60_000)), undefined)
  t.end()
})

t.test('a flag wins over a variable, a variable over the file, the file over the default', (t) => {
  chdir(t.testdir({ 'proxy.yaml': 'maxInFlight: 3\n' }))
  const file = 'proxy.yaml'
  const environment = { TAILER_PROXY_MAX_IN_FLIGHT: '2', TAILER_PROXY_CONFIG: file }
  const steps: [argv: string[], environment: Environment, value: number, source: string][] = [
    [['--max-in-flight', '1'], environment, 1, '--max-in-flight'],
    [[], environment, 2, 'TAILER_PROXY_MAX_IN_FLIGHT'],
    [['--config', file], {}, 3, `${file}: maxInFlight, line 1`],
    [[], {}, 512, 'default'],
  ]
  for (const [argv, variables, value, source] of steps) {
    const { maxInFlight, sources } = load(argv, variables)
    t.equal(maxInFlight, value)
    t.equal(sources.maxInFlight, source)
  }
  t.end()
})

t.test('--config wins over its variable', (t) => {
  const dir = t.testdir({ a: 'logLevel: warn', b: 'logLevel: debug' })
  t.equal(load([`--config=${dir}/a`], { TAILER_PROXY_CONFIG: `${dir}/b` }).logLevel, 'warn')
  t.end()
})

t.test('an empty variable is an unset one', (t) => {
  const names = ['LISTEN', 'CONFIG', 'TOKEN', 'TOKEN_FILE', 'ALLOW', 'READ_ONLY', 'LISTN']
  const ours = names.map((name) => [`TAILER_PROXY_${name}`, ''])
  const others = ['TAILER_HOME', 'HTTPS_PROXY', 'NO_PROXY', 'NODE_EXTRA_CA_CERTS'].map((n) => [
    n,
    '',
  ])
  const environment = { ...Object.fromEntries([...ours, ...others]), HOME: '/h' } as Environment
  t.strictSame(load([], environment), load([], { HOME: '/h' }))
  t.end()
})

t.test('a list replaces that of the next source, and is split at commas in a variable', (t) => {
  const environment = { TAILER_PROXY_ALLOWED_HOST: ' a , b.example,, [::1],' }
  t.strictSame(load([], environment).allowedHosts, ['a', 'b.example', '::1'])
  t.strictSame(load(['--allowed-host', 'c'], environment).allowedHosts, ['c'])
  t.match(failureOf([], { TAILER_PROXY_ALLOW: ' , ' }), {
    line: 'TAILER_PROXY_ALLOW must have at least one item (environment)',
  })
  t.end()
})

t.test('a variable that is none of ours is told, but not those of a Kubernetes service', (t) => {
  t.match(failureOf([], { TAILER_PROXY_LISTN: 's3cret' }), {
    exitCode: 2,
    line: 'unknown variable TAILER_PROXY_LISTN',
    hint: 'did you mean TAILER_PROXY_LISTEN?',
  })
  t.match(failureOf([], { TAILER_PROXY_TOKENFILE: 'x' }), {
    hint: 'did you mean TAILER_PROXY_TOKEN_FILE?',
  })
  t.match(failureOf([], { TAILER_PROXY_PORT: '8080' }), {
    line: 'unknown variable TAILER_PROXY_PORT',
  })
  const service = {
    TAILER_PROXY_SERVICE_HOST: '10.0.0.11',
    TAILER_PROXY_SERVICE_PORT: '8080',
    TAILER_PROXY_METRICS_SERVICE_HOST: '10.0.0.12',
    TAILER_PROXY_METRICS_SERVICE_PORT_HTTP: '9901',
    TAILER_PROXY_METRICS_PORT: 'tcp://10.0.0.12:9901',
    TAILER_PROXY_METRICS_PORT_9901_TCP_ADDR: '10.0.0.12',
    TAILER_PROXY_SERVICE_PORT_HTTP: '8080',
    TAILER_PROXY_PORT: 'tcp://10.0.0.11:8080',
    TAILER_PROXY_PORT_8080_TCP: 'tcp://10.0.0.11:8080',
    TAILER_PROXY_PORT_8080_TCP_PROTO: 'tcp',
    TAILER_PROXY_PORT_8080_TCP_PORT: '8080',
    TAILER_PROXY_PORT_8080_TCP_ADDR: '10.0.0.11',
  }
  t.doesNotThrow(() => load([], service))
  t.end()
})

t.test('the surroundings are read from their own variables', (t) => {
  const settings = load([], {
    HOME: '/home/me',
    TAILER_HOME: '/tailer',
    TAILER_PROXY_TOKEN_FILE: '/run/token',
    GOOGLE_APPLICATION_CREDENTIALS: '/adc.json',
    HTTPS_PROXY: 'http://user:pass@proxy:3128',
    https_proxy: 'http://other',
    no_proxy: 'localhost',
    NODE_EXTRA_CA_CERTS: '/ca.pem',
    GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: '1',
  })
  t.match(settings, {
    tokenFile: '/run/token',
    googleApplicationCredentials: '/adc.json',
    homeDirectory: '/home/me',
    tailerHome: '/tailer',
    noProxy: 'localhost',
    extraCaFile: '/ca.pem',
    allowExecutables: true,
  })
  t.equal(settings.httpsProxy?.reveal(), 'http://user:pass@proxy:3128/')
  t.equal(load([], { https_proxy: 'other' }).httpsProxy?.reveal(), 'http://other/')
  t.equal(load([], { ALL_PROXY: 'other' }).httpsProxy?.reveal(), 'http://other/')
  t.equal(load([], { all_proxy: 'a', https_proxy: 'b' }).httpsProxy?.reveal(), 'http://b/')
  t.equal(load([], { ALL_PROXY: 'socks5://a', HTTPS_PROXY: 'b' }).proxyVariable, 'HTTPS_PROXY')
  const socks = failureOf([], { ALL_PROXY: 'socks5h://user:hunter2@a:1080', HTTPS_PROXY: '' })
  t.match(socks, { line: /^ALL_PROXY must be/, hint: /SOCKS/ })
  t.notMatch(socks.line, 'hunter2')
  t.equal(load([], { GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: 'true' }).allowExecutables, false)
  t.equal(load([], { TAILER_PROXY_TOKEN: ' abc\n' }).staticToken?.reveal(), 'abc')
  t.end()
})

t.test('certificates are verified', (t) => {
  t.match(failureOf([], { NODE_TLS_REJECT_UNAUTHORIZED: '0' }), {
    exitCode: 2,
    line: /certificates would not be verified.*\(NODE_TLS_REJECT_UNAUTHORIZED=0\)$/,
    hint: /--ca-file/,
  })
  t.doesNotThrow(() => load([], { NODE_TLS_REJECT_UNAUTHORIZED: '1' }))
  t.end()
})

t.test('--read-only is short for three rules, beside those of --allow', (t) => {
  const readOnly = [
    { method: 'GET', path: '/', prefix: true },
    { method: 'HEAD', path: '/', prefix: true },
    { method: 'POST', path: '/v1/dag/status', prefix: false },
  ]
  t.strictSame(load(['--read-only']).rules, readOnly)
  t.strictSame(load(['--read-only', '--allow', '* /a']).rules, [
    { method: '*', path: '/a', prefix: false },
    ...readOnly,
  ])
  t.strictSame(load([], { TAILER_PROXY_ALLOW: 'GET /a, GET /b/*' }).rules, [
    { method: 'GET', path: '/a', prefix: false },
    { method: 'GET', path: '/b/', prefix: true },
  ])
  t.end()
})

t.test('the audience is the upstream unless it is given', (t) => {
  t.equal(load(['--upstream', 'https://A.example/']).audience, 'https://a.example')
  t.equal(load(['--upstream', 'https://a.example', '--audience', 'b']).audience, 'b')
  t.end()
})

t.test('settings are frozen, and print no secret', (t) => {
  const settings = load(['--require-header', 'X-Key: s3cret', '--exec-pattern', 'a(b)'], {
    TAILER_PROXY_TOKEN: 's3cret',
    HTTPS_PROXY: 'http://me:s3cret@proxy',
  })
  const { requireHeader } = settings
  for (const part of [
    settings,
    settings.listen,
    settings.sources,
    settings.allowedHosts,
    requireHeader,
  ]) {
    t.ok(Object.isFrozen(part))
  }
  t.equal(requireHeader?.value.reveal(), 's3cret')
  t.notMatch(inspect(settings, { depth: null, showHidden: true }), 's3cret')
  t.notMatch(JSON.stringify(settings), 's3cret')
  t.equal(settings.execPattern.exec('ab')?.[1], 'b', 'a frozen pattern works')
  t.equal(settings.execPattern.exec('x'), null)
  t.equal(settings.execPattern.exec('ab')?.[1], 'b')
  t.end()
})

t.test('all mistakes are told at once, in one line', (t) => {
  chdir(t.testdir({ 'proxy.yaml': 'listn: x' }))
  const argv = ['demoo', '--lissten', 'x', '--connect-timeout', '10', '--admin=0.0.0.0:1']
  const { exitCode, line, hint } = failureOf([...argv, '--config', 'proxy.yaml'], {
    TAILER_PROXY_REPLAY_LIMIT: '64k\n\u001b[31m\u2028',
    TAILER_PROXY_UPSTREAMS: 'x',
    TAILER_PROXY_TOKEN: 'a b',
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
  })
  t.equal(exitCode, 2)
  for (const part of [
    'unknown command demoo (command line); ',
    'unknown flag --lissten (command line); ',
    '; --connect-timeout must be a duration like 500ms, 10s, 5m or 1h, not "10" (command line)',
    '--admin is not loopback: other machines could reach it (--admin)',
    'not "64k\\u{a}\\u{1b}[31m\\u{2028}" (environment)',
    'unknown variable TAILER_PROXY_UPSTREAMS (environment)',
    'TAILER_PROXY_TOKEN must be a token: one word, without Bearer in front of it (environment)',
    '(NODE_TLS_REJECT_UNAUTHORIZED=0)',
    'unknown key listn',
  ]) {
    t.ok(line.includes(part), part)
  }
  for (const text of [line, hint ?? '']) t.notMatch(text, /\p{Cc}|\p{Zl}/u)
  t.equal(hint?.split('; ').filter((one) => one.includes('did you mean')).length, 5)
  t.end()
})

t.test('of several hints each says whose it is', (t) => {
  t.equal(
    failureOf(['--lissten=x', '--admin=none']).hint,
    '--lissten: did you mean --listen?; --admin: did you mean off?',
  )
  t.equal(failureOf(['--admin=none']).hint, 'did you mean off?', 'one alone need not')
  t.end()
})

t.test('a mistake is told of a value that another overrides, too', (t) => {
  t.match(failureOf(['--log-level=debug'], { TAILER_PROXY_LOG_LEVEL: 'loud' }), {
    line: /^TAILER_PROXY_LOG_LEVEL must be one of fatal, .* not "loud" \(environment\)$/,
  })
  t.end()
})

t.test('one of a few words is told with the nearest', (t) => {
  t.match(failureOf(['--token-type', 'idtoken']), {
    line: /^--token-type must be one of jwt, id-token, access-token, not "idtoken"/,
    hint: 'did you mean id-token?',
  })
  t.end()
})

t.test('a wrong value is quoted in part, and never if it is a secret', (t) => {
  t.match(failureOf(['--listen', 'x'.repeat(200)]).line, /, not "x{80}…" \(command line\)$/)
  const secrets: [argv: string[], environment?: Environment][] = [
    [['--require-header', 's3cret']],
    [[], { TAILER_PROXY_REQUIRE_HEADER: 's3cret' }],
    [['--exec', "login --password 's3cret"]],
    [[], { TAILER_PROXY_TOKEN: 'Bearer s3cret' }],
    [['--upstream', 'https://me:s3cret@api.example.com']],
    [['--upstream', 'me:s3cret@api.example.com']],
    [['--firebase-token-url', 'https://example.com/token?key=s3cret']],
    [[], { HTTPS_PROXY: 'socks5://me:s3cret@proxy' }],
  ]
  for (const [argv, environment] of secrets) {
    t.notMatch(inspect(failureOf(argv, environment)), 's3cret', inspect([argv, environment]))
  }
  t.match(failureOf(['--upstream', 'https://me:x@api.example.com/v1']), {
    line: /, not "https:\/\/…@api\.example\.com\/v1"/,
  })
  t.end()
})
