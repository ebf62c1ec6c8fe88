import t from 'tap'
import { parseCommandLine } from '../../../src/settings/command-line/parse-command-line.js'
import { failureOf, load } from '../load.js'

t.test('start is the default, and a command may stand before or after flags', (t) => {
  t.match(parseCommandLine([]), { command: 'start', help: false, version: false, problems: [] })
  for (const argv of [
    ['demo', '--log-level', 'debug', '--read-only'],
    ['--log-level=debug', '--read-only', 'demo'],
  ]) {
    const { command, flags, problems } = parseCommandLine(argv)
    t.equal(command, 'demo')
    t.strictSame(flags.get('logLevel')?.texts, ['debug'])
    t.strictSame(flags.get('readOnly')?.texts, ['true'])
    t.strictSame(problems, [])
  }
  t.end()
})

t.test('--help and --version are on every command, and heed no mistake', (t) => {
  for (const word of ['start', 'demo', 'token', 'check', 'healthcheck', 'wait', 'run']) {
    t.match(parseCommandLine([word, '--help', '--bogus']), { command: word, help: true })
    t.match(parseCommandLine([word, '-h']), { help: true, version: false })
    t.match(parseCommandLine([word, '--version']), { help: false, version: true })
  }
  t.equal(parseCommandLine(['run', '--', 'job', '--help']).help, false)
  t.equal(parseCommandLine(['--help=false']).help, false)
  t.end()
})

t.test('a value follows a space or the first equals sign', (t) => {
  t.equal(load(['--audience', 'a=b']).audience, 'a=b')
  t.equal(load(['--audience=a=b']).audience, 'a=b')
  t.equal(load(['--audience=--a']).audience, '--a')
  t.equal(load(['--credentials', '-']).credentials, '-')
  t.strictSame(load(['--allowed-host', 'b.example', '--allowed-host=A']).allowedHosts, [
    'b.example',
    'a',
  ])
  t.end()
})

t.test('a switch takes no word but true and false', (t) => {
  t.not(load(['--read-only']).rules, undefined)
  t.not(load(['--read-only', 'true']).rules, undefined)
  t.equal(load(['--read-only=false']).rules, undefined)
  t.equal(load(['--read-only', 'false']).rules, undefined)
  t.equal(parseCommandLine(['--read-only', 'check', 'true']).command, 'check')
  t.match(failureOf(['--read-only', 'no']), { line: 'unknown command no (command line)' })
  t.match(failureOf(['--read-only=']), { line: /--read-only must be true or false, not ""/ })
  t.end()
})

t.test('a command has its own flags', (t) => {
  t.equal(parseCommandLine(['check', '--json']).json, true)
  t.equal(parseCommandLine(['wait', '--timeout', '5s']).timeoutMs, 5000)
  t.equal(parseCommandLine(['wait']).timeoutMs, 30_000)
  t.equal(parseCommandLine(['wait', '--pid', '42']).pid, 42)
  t.match(failureOf(['wait', '--pid', '-']), { line: /^--pid must be a whole number/ })
  t.match(failureOf(['wait', '--timeout', '5']), {
    line: /^--timeout must be a duration .* not "5"/,
  })
  t.match(failureOf(['wait', '--timeout']), { line: /^--timeout needs a value/ })
  t.match(failureOf(['start', '--json']), { line: 'unknown flag --json' })
  t.match(failureOf(['--timeout', '5s']), { line: 'unknown flag --timeout' })
  t.end()
})

t.test('the file of token is its credentials', (t) => {
  t.equal(load(['token', 'key.json']).credentials, 'key.json')
  t.equal(load(['token', '--', '-key.json']).credentials, '-key.json')
  t.equal(load(['token'], { TAILER_PROXY_CREDENTIALS: 'key.json' }).credentials, 'key.json')
  t.match(failureOf(['token', 'a', '--credentials', 'b']), {
    line: /^--credentials is given twice/,
  })
  t.match(failureOf(['token', 'a', 'b']), {
    line: 'unexpected argument "b" after token (command line)',
  })
  t.end()
})

t.test('help and version are commands too, and -v and -V are --version', (t) => {
  t.match(parseCommandLine(['help']), { command: 'help', topic: undefined, problems: [] })
  t.match(parseCommandLine(['help', 'wait']), { command: 'help', topic: 'wait', problems: [] })
  t.match(parseCommandLine(['wait', '--help']), { help: true, topic: 'wait' })
  t.match(parseCommandLine(['--help']), { help: true, topic: undefined })
  t.match(parseCommandLine(['start', '--help']), { help: true, topic: 'start' })
  for (const flag of ['-v', '-V', '--version']) t.equal(parseCommandLine([flag]).version, true)
  t.equal(parseCommandLine(['version']).command, 'version')
  t.match(failureOf(['help', 'wiat']), { line: 'unknown command wiat (command line)' })
  t.end()
})

t.test('completion takes the name of a shell', (t) => {
  t.match(parseCommandLine(['completion', 'zsh']), { shell: 'zsh', problems: [] })
  t.match(failureOf(['completion']), { line: /^completion needs .*: bash, zsh, fish \(/ })
  t.match(failureOf(['completion', 'tcsh']), { line: /not "tcsh"/ })
  t.end()
})

t.test('run takes what follows -- as it is', (t) => {
  const { command, rest, flags, problems } = parseCommandLine(
    ['run', '--read-only', '--', 'job', '--listen', '--', ''], //
  )
  t.equal(command, 'run')
  t.strictSame(rest, ['job', '--listen', '--', ''])
  t.strictSame([...flags.keys()], ['readOnly'])
  t.strictSame(problems, [])
  for (const argv of [
    ['run'],
    ['run', '--'],
    ['run', '--', ''],
    ['run', 'job'],
    ['run', 'a', '--', 'b'],
  ]) {
    t.match(failureOf(argv), {
      exitCode: 2,
      line: 'run needs -- and then a command (command line)',
    })
  }
  t.end()
})

t.test('a wrong name is told with the nearest right one', (t) => {
  const cases: [argv: string[], line: string, hint: string][] = [
    [['demoo'], 'unknown command demoo', 'did you mean demo?'],
    [['--lissten', 'x'], 'unknown flag --lissten', 'did you mean --listen?'],
    [['--lissten=x'], 'unknown flag --lissten', 'did you mean --listen?'],
    [['-listen', 'x'], 'unknown flag -listen', 'did you mean --listen?'],
    [['--connectTimeout=1s'], 'unknown flag --connectTimeout', 'did you mean --connect-timeout?'],
    [['--Listen=x'], 'unknown flag --Listen', 'did you mean --listen?'],
    [['wait', '--time-out=1s'], 'unknown flag --time-out', 'did you mean --timeout?'],
  ]
  for (const [argv, line, hint] of cases) t.match(failureOf(argv), { exitCode: 2, line, hint })
  for (const name of [
    '__proto__',
    'constructor',
    'toString',
    '',
    '=',
    'ünïcode',
    'x'.repeat(200),
  ]) {
    t.match(failureOf([`--${name}=x`]), { exitCode: 2, line: /^unknown flag --/ })
    t.match(failureOf([`x${name}`]), { exitCode: 2, line: /^unknown command x/ })
  }
  t.match(failureOf(['']), { exitCode: 2, line: 'unknown command ' })
  t.end()
})

t.test('what is missing, doubled or too much is told', (t) => {
  t.match(failureOf(['--listen']), { line: '--listen needs a value (command line)' })
  t.match(failureOf(['--listen', '--admin', 'off']), {
    line: '--listen needs a value (command line)',
  })
  t.match(failureOf(['--listen', '--', 'x']), {
    line: '--listen needs a value (command line)',
  })
  t.match(failureOf(['--listen=']), {
    line: /^--listen must be HOST:PORT.*, not "" \(command line\)$/,
  })
  t.match(failureOf(['--config=']), { line: /^--config must be the path of a file, not ""/ })
  t.match(failureOf(['--config=a', '--config=a']), { line: /--config is given twice/ })
  t.match(failureOf(['--read-only', '--read-only']), { line: /--read-only is given twice/ })
  t.match(failureOf(['start', 'now']), {
    line: 'unexpected argument "now" after start (command line)',
  })
  t.match(failureOf(['demo', '--', 'now']), {
    line: 'unexpected argument "now" after demo (command line)',
  })
  t.end()
})

t.test('the value of a misspelled flag is not shown', (t) => {
  const { line } = failureOf(['--requir-header', 'X-Key: s3cret'])
  t.equal(line, 'unknown flag --requir-header (command line)')
  t.end()
})
