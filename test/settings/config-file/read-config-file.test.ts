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
  const at = (key: string, line: number) => `(proxy.yaml: ${key}, line ${line})`
  const cases: [content: string, line: string][] = [
    ['\nlistn: x', `unknown key listn ${at('listn', 2)}`],
    ['connect-timeout: 1s', `unknown key connect-timeout ${at('connect-timeout', 1)}`],
    ['connectTimeoutMs: 1', `unknown key connectTimeoutMs ${at('connectTimeoutMs', 1)}`],
    ['__proto__: 1', `unknown key __proto__ ${at('__proto__', 1)}`],
    ['constructor: 1', `unknown key constructor ${at('constructor', 1)}`],
    ['<<: {listen: x}', `unknown key << ${at('<<', 1)}`],
    ['config: x', `unknown key config ${at('config', 1)}`],
    ['"a\\nb": 1', `unknown key a\\u{a}b ${at('a\\u{a}b', 1)}`],
    ['? {a: 1}\n: 2', `unknown key  ${at('', 1)}`],
    ['maxInFlight: 1\nmaxInFlight: 1', `maxInFlight is given twice ${at('maxInFlight', 2)}`],
    ['{"exec": 1, "exec": "a"}', `exec is given twice ${at('exec', 1)}`],
    ['listen:', `--listen wants a text in quotes ${at('listen', 1)}`],
    ['audience: 123', `--audience wants a text in quotes ${at('audience', 1)}`],
    ['audience: true', `--audience wants a text in quotes ${at('audience', 1)}`],
    ['exec: [a, b]', `--exec wants a text in quotes ${at('exec', 1)}`],
    ['exec: {a: b}', `--exec wants a text in quotes ${at('exec', 1)}`],
    ['exec: *unknown', `--exec wants a text in quotes ${at('exec', 1)}`],
    ['exec: !!binary YQ==', `--exec wants a text in quotes ${at('exec', 1)}`],
    ['readOnly: 1', `--read-only wants true or false ${at('readOnly', 1)}`],
    ['readOnly: [true]', `--read-only wants true or false ${at('readOnly', 1)}`],
    ['readOnly: yes', `--read-only wants true or false ${at('readOnly', 1)}`],
    ['maxInFlight: true', `--max-in-flight wants a number ${at('maxInFlight', 1)}`],
    [
      'maxInFlight: .inf',
      `--max-in-flight wants a whole number above zero ${at('maxInFlight', 1)}`,
    ],
    ['maxInFlight: 1.5', `--max-in-flight wants a whole number above zero ${at('maxInFlight', 1)}`],
    ['allow: []', `--allow wants a text in quotes, or a list of them ${at('allow', 1)}`],
    ['allow: [[GET /a]]', `--allow wants a text in quotes, or a list of them ${at('allow', 1)}`],
    ['allow: [GET /a, 1]', `--allow wants a text in quotes, or a list of them ${at('allow', 1)}`],
    ['allow:', `--allow wants a text in quotes, or a list of them ${at('allow', 1)}`],
    [
      'allow: &a [GET /a]\nallowedHost: *a',
      `--allowed-host wants a text in quotes, or a list of them ${at('allowedHost', 2)}`,
    ],
  ]
  for (const [content, line] of cases) {
    t.match(failureOf(write(t, content)), { exitCode: 2, line }, JSON.stringify(content))
  }
  t.equal(failureOf(write(t, 'listn: x')).hint, 'did you mean listen?')
  t.end()
})

t.test('what is not YAML is told with the line', (t) => {
  const cases: [content: string, line: number][] = [
    ['readOnly: true\nlisten: [::1]:8080', 2],
    ['allow: * /v1', 1],
    ['requireHeader: X-Key: s3cret', 1],
    ['{"listen": "s3cret"', 1],
    ['\tlisten: s3cret', 1],
    ['exec: !run s3cret', 1],
    ['listen: a\n---\nlisten: s3cret', 2],
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

t.test('what is YAML but no settings is refused without a word of it', (t) => {
  const wants = 'the config file wants keys with values, like listen: 127.0.0.1:8080 (proxy.yaml)'
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
  const rows = ['a: &a [x, x, x, x, x, x, x, x, x]']
  for (const [from, to] of [
    'ab',
    'bc',
    'cd',
    'de',
    'ef',
    'fg',
    'gh',
    'hi',
  ] as unknown as string[][]) {
    rows.push(`${to}: &${to} [${Array<string>(9).fill(`*${from}`).join(', ')}]`)
  }
  rows.push('allow: *i')
  t.match(failureOf(write(t, rows.join('\n'))), { line: /--allow wants a text/ })
  for (const nested of ['[', '{a: ', '- ', '? ']) {
    const depth = Math.floor(60_000 / nested.length)
    t.match(failureOf(write(t, `allow: ${nested.repeat(depth)}`)), { exitCode: 2 })
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
    ['binary.yaml', 'is not text in UTF-8'],
    ['utf16.yaml', 'is not text in UTF-8'],
    ['long-name/'.repeat(500), 'cannot be read: ENAMETOOLONG'],
  ]
  const check = ({ exitCode, line }: Failure, reason: string) => {
    t.equal(exitCode, 2)
    t.ok(line.startsWith(`the config file ${reason} (`), line)
  }
  for (const [file, reason] of cases) check(failureOf(['--config', file]), reason)
  check(failureOf([], { TAILER_PROXY_CONFIG: 'missing.yaml' }), 'does not exist')
  if (getuid?.() !== 0) {
    chmodSync('locked.yaml', 0)
    check(failureOf(['--config', 'locked.yaml']), 'may not be read by this user')
  }
  t.end()
})

t.test('a file of just 64KiB is read', (t) => {
  const content = 'maxInFlight: 7\n#'
  t.equal(load(write(t, content.padEnd(64 * 1024, 'x'))).maxInFlight, 7)
  t.end()
})
