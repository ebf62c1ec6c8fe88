import { chmodSync, writeFileSync } from 'node:fs'
import { chdir, getuid } from 'node:process'
import t, { type Test } from 'tap'
import { type Failure, failureOf, load } from '../load.js'

/** In a directory of its own, so that the file's name in messages is short. */
function write(t: Test, content: string | Buffer): string[] {
  chdir(t.testdir())
  writeFileSync('proxy.yaml', content)
  return ['--config', 'proxy.yaml']
}

t.test('YAML and JSON are read alike', (t) => {
  const yaml = `# a comment
listen: 127.0.0.1:0
admin: "[::1]:0"
readOnly: true
maxInFlight: 7
connectTimeout: 2s
allow: [GET /a, 'POST /b/*']
allowedHost: single.example
requireHeader: 'X-Key: s3cret'
exec: tailer auth 'get-token'
`
  const json = JSON.stringify({
    listen: '127.0.0.1:0',
    admin: '[::1]:0',
    readOnly: 'true',
    maxInFlight: '7',
    connectTimeout: '2s',
    allow: ['GET /a', 'POST /b/*'],
    allowedHost: ['single.example'],
    requireHeader: 'X-Key: s3cret',
    exec: "tailer auth 'get-token'",
  })
  for (const content of [yaml, json, `\uFEFF${yaml}`, yaml.replaceAll('\n', '\r\n')]) {
    const settings = load(write(t, content))
    t.match(settings, {
      listen: { host: '127.0.0.1', port: 0 },
      admin: { host: '::1', port: 0 },
      maxInFlight: 7,
      connectTimeoutMs: 2000,
      allowedHosts: ['single.example'],
      exec: ['tailer', 'auth', 'get-token'],
    })
    t.equal(settings.rules?.length, 5)
    t.equal(settings.requireHeader?.value.reveal(), 's3cret')
  }
  t.end()
})

t.test('a file without settings gives none', (t) => {
  for (const content of ['', '\n', '# nothing\n', '---\n', '{}', '\uFEFF']) {
    t.equal(load(write(t, content)).maxInFlight, 512, JSON.stringify(content))
  }
  t.end()
})

t.test('a mistake is told with key and line', (t) => {
  const at = (line: number) => `(proxy.yaml, line ${line})`
  const cases: [content: string, line: string][] = [
    ['\nlistn: x', `unknown key listn ${at(2)}`],
    ['connect-timeout: 1s', `unknown key connect-timeout ${at(1)}`],
    ['connectTimeoutMs: 1', `unknown key connectTimeoutMs ${at(1)}`],
    ['__proto__: 1', `unknown key __proto__ ${at(1)}`],
    ['constructor: 1', `unknown key constructor ${at(1)}`],
    ['<<: {listen: x}', `unknown key << ${at(1)}`],
    ['config: x', `unknown key config ${at(1)}`],
    ['"a\\nb": 1', `unknown key a\\u{a}b ${at(1)}`],
    ['? {a: 1}\n: 2', `unknown key  ${at(1)}`],
    ['maxInFlight: 1\nmaxInFlight: 1', `maxInFlight is given twice ${at(2)}`],
    ['{"exec": 1, "exec": "a"}', `exec is given twice ${at(1)}`],
    ['listen:', `listen has no value ${at(1)}`],
    ['listen: ~', `listen has no value ${at(1)}`],
    ['allow:', `allow has no value ${at(1)}`],
    ['listen: 8080', `listen must be HOST:PORT, [::1]:PORT or unix:/path ${at(1)}`],
    ['admin: {port: 3}', `admin must be text, not a map ${at(1)}`],
    ['audience: true', `audience must be text, not true or false ${at(1)}`],
    ['exec: [a, b]', `exec must be text, not a list ${at(1)}`],
    ['exec: {a: b}', `exec must be text, not a map ${at(1)}`],
    ['exec: *unknown', `exec must be text ${at(1)}`],
    ['exec: !!binary YQ==', `exec must be text ${at(1)}`],
    ['connectTimeout: 10', `connectTimeout must be a duration like 500ms, 10s, 5m or 1h ${at(1)}`],
    ['readOnly: 1', `readOnly must be true or false ${at(1)}`],
    ['readOnly: [true]', `readOnly must be true or false, not a list ${at(1)}`],
    ['readOnly: yes', `readOnly must be true or false ${at(1)}`],
    ['maxInFlight: true', `maxInFlight must be a number, not true or false ${at(1)}`],
    ['maxInFlight: .inf', `maxInFlight must be a whole number above zero ${at(1)}`],
    ['maxInFlight: 1.5', `maxInFlight must be a whole number above zero ${at(1)}`],
    ['allow: []', `allow has no value ${at(1)}`],
    ['listen: ""', `listen has no value ${at(1)}`],
    ['admin: true', `admin must be text, not true ${at(1)}`],
    ['listen: false', `listen must be text, not true or false ${at(1)}`],
    ['socketMode: 0660', `socketMode must be text, not a number ${at(1)}`],
    ['allow: [[GET /a]]', `allow must be text, or a list of texts ${at(1)}`],
    ['allow: [GET /a, true]', `allow must be text, or a list of texts ${at(1)}`],
    [
      'allow: &a [GET /a]\nallowedHost: *a',
      `allowedHost must be text, or a list of texts ${at(2)}`,
    ],
  ]
  for (const [content, line] of cases) {
    t.match(failureOf(write(t, content)), { exitCode: 2, line }, JSON.stringify(content))
  }
  t.end()
})

t.test('a mistake has a hint of its own', (t) => {
  const cases: [content: string, hint: string][] = [
    ['listn: x', 'did you mean listen?'],
    ['port: 8080', 'did you mean listen?'],
    ['connect-timeout: 1s', 'did you mean connectTimeout?'],
    ['listen: 8080', 'did you mean 127.0.0.1:8080?'],
    ['listen: localhost', 'did you mean 127.0.0.1:8080?'],
    ['admin: 9000', 'did you mean 127.0.0.1:9000?'],
    ['admin: true', 'for example: admin: 127.0.0.1:9901'],
    ['admin: no', 'did you mean off?'],
    ['listen: false', 'for example: listen: 127.0.0.1:8080'],
    ['listen: ""', 'give it a value, or remove the line'],
    ['maxInFlight: true', 'for example: maxInFlight: 512'],
    ['logLevel: false', 'did you mean silent?'],
    ['caFile: false', 'remove the line to have none'],
    ['allow: false', 'remove the line to have none'],
    ['replayLimit: 65536', 'did you mean 65536B?'],
    ['socketMode: 0660', 'put it in quotes'],
    ['readOnly: 1', 'did you mean true?'],
    ['admin: {port: 3}', 'for example: admin: 127.0.0.1:9901'],
    ['connectTimeout: 10', 'did you mean 10s?'],
    ['replayLimit: 64KB', 'did you mean 64KiB?'],
    ['readOnly: yes', 'did you mean true?'],
    ['logLevel: verbose', 'did you mean debug?'],
    ['logFormat: text', 'did you mean pretty?'],
    ['listen:', 'give it a value, or remove the line'],
    ['audience: true', 'put it in quotes if it is text'],
  ]
  for (const [content, hint] of cases) {
    t.equal(failureOf(write(t, content)).hint, hint, content)
  }
  t.end()
})

t.test(
  'a number or false is taken where it is plain what is meant, and a schema may be named',
  (t) => {
    t.equal(load(write(t, 'admin: false')).admin, 'off')
    t.equal(load(write(t, '$schema: ./schema.json\naudience: 123')).audience, '123')
    t.equal(load(write(t, '{"$schema": "./schema.json", "maxInFlight": 7}')).maxInFlight, 7)
    t.end()
  },
)

t.test('a file that is none of ours is told as that, and nothing of it is shown', (t) => {
  const keys = 's3cret1: 1\ns3cret2: 1\ns3cret3: 1\n'
  t.equal(failureOf(write(t, keys)).line.split('; ').length, 3)
  const { line, hint } = failureOf(write(t, `${keys}s3cret4: 1\nlisten: 127.0.0.1:1`))
  t.equal(line, 'this does not look like a tailer-proxy config (proxy.yaml)')
  t.notMatch(hint, 's3cret')

  for (const key of [
    { type: 'service_account', private_key: 's3cret' },
    { firebase_user: {} },
    { client_id: 'a', client_secret: 's3cret', refresh_token: 's3cret', type: 'authorized_user' },
  ]) {
    t.strictSame(failureOf(write(t, JSON.stringify(key))), {
      exitCode: 2,
      line: 'this is a credentials file, not a tailer-proxy config (proxy.yaml)',
      hint: 'pass it with --credentials instead of --config',
    })
  }
  t.end()
})

t.test('what is not YAML is told with the line', (t) => {
  const cases: [content: string, line: number][] = [
    ['readOnly: true\nlisten: [::1]:8080', 2],
    ['allow: * /v1', 1],
    ['requireHeader: X-Key: s3cret', 1],
    ['{"listen": "s3cret"', 1],
    ['exec: "s3cret', 1],
  ]
  for (const [content, line] of cases) {
    const failure = failureOf(write(t, content))
    t.match(
      failure.line,
      /^the config file is not valid YAML or JSON: [A-Z_]+ \(proxy\.yaml, line /,
    )
    t.ok(failure.line.endsWith(`, line ${line})`), `${failure.line} is in line ${line}`)
    t.match(failure.hint, /^quote a value that begins with/)
    t.notMatch(failure.line, 's3cret')
  }
  t.end()
})

t.test('a tab is told as a tab', (t) => {
  for (const content of ['\tlisten: s3cret', 'allow:\n\t- s3cret']) {
    const failure = failureOf(write(t, content))
    t.match(
      failure.line,
      /^the config file has a tab where YAML allows only spaces \(proxy\.yaml, /,
    )
    t.equal(failure.hint, 'replace the tab with spaces')
  }
  t.end()
})

t.test('what is YAML but no settings is refused without a word of it', (t) => {
  const wants =
    'the config file must have keys with values, like listen: 127.0.0.1:8080 (proxy.yaml)'
  for (const content of ['s3cret', '- s3cret', '"s3cret"', '[s3cret]', '12']) {
    t.equal(failureOf(write(t, content)).line, wants)
  }
  t.end()
})

t.test('no value of the file is ever shown', (t) => {
  const content = `requireHeader: s3cret
exec: "a | s3cret"
logLevel: s3cret
listen: s3cret
allow: [s3cret]
credentials: {s3cret: s3cret}
unknown: s3cret
`
  const { line, hint } = failureOf(write(t, content))
  t.notMatch(`${line} ${hint ?? ''}`, 's3cret')
  t.equal(line.split('; ').length, 8)
  t.end()
})

t.test('a bomb of aliases is refused in good time', (t) => {
  const parts = ['&a [x, x, x, x, x, x, x, x, x]']
  for (let depth = 1; depth < 9; depth++) {
    const previous = Array<string>(9).fill(depth === 1 ? '*a' : `*a${depth - 1}`)
    parts.push(`&a${depth} [${previous.join(', ')}]`)
  }
  t.match(failureOf(write(t, `allow: [${parts.join(', ')}]`)), {
    exitCode: 2,
    line: /^allow must be text/,
  })
  const kib = 1024
  for (const [nested, bytes] of [
    ['[', 60 * kib],
    ['{a: ', 8 * kib],
    ['- ', 8 * kib],
    ['? ', 8 * kib],
  ] as const) {
    const content = `allow: ${nested.repeat(bytes / nested.length)}`
    t.match(failureOf(write(t, content)), { exitCode: 2 })
  }
  t.end()
})

t.test('a file that cannot be read is told with the reason', (t) => {
  chdir(t.testdir({ directory: {}, 'locked.yaml': 'listen: x', 'file.yaml': '' }))
  writeFileSync('large.yaml', `#${' '.repeat(64 * 1024)}`)
  writeFileSync('binary.yaml', Buffer.from([0x61, 0x3a, 0x20, 0xff]))
  writeFileSync('utf16.yaml', Buffer.from('\uFEFFlisten: x', 'utf16le'))
  const cases: [file: string, reason: string][] = [
    ['missing.yaml', 'does not exist'],
    ['file.yaml/x', 'does not exist'],
    ['directory', 'is a directory'],
    ['large.yaml', 'is larger than 64KiB'],
    ['/dev/zero', 'is larger than 64KiB'],
    ['binary.yaml', 'is not UTF-8 text'],
    ['utf16.yaml', 'is not UTF-8 text'],
    ['long-name/'.repeat(500), 'cannot be read: the name is too long (ENAMETOOLONG)'],
  ]
  const check = ({ exitCode, line }: Failure, reason: string) => {
    t.equal(exitCode, 2)
    t.ok(line.startsWith(`the config file ${reason} (`), line)
  }
  for (const [file, reason] of cases) check(failureOf(['--config', file]), reason)
  check(failureOf([], { TAILER_PROXY_CONFIG: 'missing.yaml' }), 'does not exist')
  t.match(failureOf(['--config', 'missing.yaml']).hint, 'starts at the current directory')
  t.match(failureOf(['--config', 'directory']).hint, 'name the file in it')
  if (getuid?.() !== 0) {
    chmodSync('locked.yaml', 0)
    check(failureOf(['--config', 'locked.yaml']), 'cannot be read by this user')
  }
  t.end()
})

t.test('a file of just 64KiB is read', (t) => {
  const content = 'maxInFlight: 7\n#'
  t.equal(load(write(t, content.padEnd(64 * 1024, 'x'))).maxInFlight, 7)
  t.end()
})

t.test('a second document and an unknown tag are told in words, with how to fix it', (t) => {
  const cases: [content: string, line: string, hint: RegExp][] = [
    [
      'listen: a\n---\nlisten: s3cret',
      'the config file has more than one YAML document (proxy.yaml, line 2)',
      /^keep one/,
    ],
    [
      'exec: !run s3cret',
      'the config file has an unknown tag, a word that begins with ! (proxy.yaml, line 1)',
      /^remove the tag/,
    ],
  ]
  for (const [content, line, hint] of cases) {
    const failure = failureOf(write(t, content))
    t.equal(failure.line, line)
    t.match(failure.hint, hint)
  }
  t.end()
})
