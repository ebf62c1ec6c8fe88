import { writeFileSync } from 'node:fs'
import { chdir, getuid } from 'node:process'
import t, { type Test } from 'tap'
import { describeSettings } from '../../src/settings/describe-settings.js'
import { parseMode } from '../../src/settings/values/parse-mode.js'
import { parseUser } from '../../src/settings/values/parse-user.js'
import { failureOf, load } from './load.js'
import { checkParser } from './values/check-parser.js'

const UID = getuid?.() ?? 0

function write(t: Test, content: string): string[] {
  chdir(t.testdir())
  writeFileSync('proxy.yaml', content)
  return ['--config', 'proxy.yaml']
}

t.test('a user is a name of this machine, a number or self', (t) => {
  const wants = /name or number of a user of this machine, or self/
  checkParser(t, parseUser, {
    takes: {
      root: { text: 'root', uid: 0 },
      self: { text: 'self', uid: UID },
      '0': { text: '0', uid: 0 },
      '0998': { text: '0998', uid: 998 },
      '4000000000': { text: '4000000000', uid: 4_000_000_000 },
      '4294967294': { text: '4294967294', uid: 4_294_967_294 },
    },
    refuses: {
      '': wants,
      ' ': wants,
      '4294967295': wants,
      '99999999999999999999': wants,
      '-1': wants,
      '1.5': wants,
      Self: wants,
      'no-such-user-here': wants,
      'root,daemon': wants,
      'root ': wants,
      '+': wants,
    },
  })
  t.end()
})

t.test('a mode is three octal digits', (t) => {
  checkParser(t, parseMode, {
    takes: { '0600': 0o600, '600': 0o600, '0660': 0o660, '777': 0o777, '000': 0 },
    refuses: {
      '': /octal/,
      '0o660': /octal/,
      '00660': /octal/,
      '1777': /octal/,
      '0680': /octal/,
      '66': /octal/,
      'rw-rw----': /octal/,
    },
  })
  t.end()
})

if (process.platform === 'linux') {
  t.test('users are given as lists are, numbers of YAML too', (t) => {
    const uidsOf = (argv: string[], environment = {}) =>
      load(argv, environment).allowedUsers.map(({ uid }) => uid)
    t.same(uidsOf(['--allowed-user', 'root', '--allowed-user=self']), [0, UID])
    t.same(uidsOf([], { TAILER_PROXY_ALLOWED_USER: 'root, 7' }), [0, 7])
    t.same(uidsOf(write(t, 'allowedUser: [root, 7, "8", self]')), [0, 7, 8, UID])
    t.same(uidsOf(write(t, 'allowedUser: 1000')), [1000])
    t.same(uidsOf(write(t, '{"allowedUser": ["root", 1000]}')), [0, 1000])
    t.end()
  })

  t.test('set to nothing it is an error: everybody would be let in', (t) => {
    const nothing = { exitCode: 2, line: /allowed-user|ALLOWED_USER|allowedUser/ }
    t.match(failureOf(['--allowed-user', '']), nothing)
    t.match(failureOf(['--allowed-user=']), nothing)
    t.match(failureOf(['--allowed-user']), nothing)
    t.match(failureOf(['--allowed-user', 'self', '--allowed-user', '']), nothing)
    for (const text of ['', ' ', ',', ' , ']) {
      t.match(failureOf([], { TAILER_PROXY_ALLOWED_USER: text }), nothing, JSON.stringify(text))
    }
    for (const value of ['', '""', '[]', '[""]', '[~]', '{}', 'true', '1.5', '-1']) {
      t.match(failureOf(write(t, `allowedUser: ${value}`)), nothing, value)
    }
    t.doesNotThrow(() => load([], { TAILER_PROXY_ALLOWED_HOST: '' }), 'others count as unset')
    t.end()
  })

  t.test('all that is wrong with the users is told at once, on one line', (t) => {
    const { exitCode, line, hint } = failureOf(['--allowed-user=no-one', '--allowed-user=nö'])
    t.equal(exitCode, 2)
    t.match(line, /not "no-one".*not "nö"/)
    t.match(hint, /\/etc\/passwd/)
    t.end()
  })

  t.test('who calls from another machine cannot be told', (t) => {
    const user = ['--allowed-user', 'self', '--unsafe-listen']
    for (const [flag, address] of [
      ['--listen', '0.0.0.0:1'],
      ['--listen', '[::]:1'],
      ['--admin', '10.0.0.1:1'],
      ['--admin', 'proxy.internal:1'],
    ] as const) {
      const { exitCode, line } = failureOf([...user, flag, address])
      t.equal(exitCode, 2)
      t.match(line, `--allowed-user does not go with ${flag} beyond loopback`)
      t.match(line, /\(--allowed-user\)$/)
    }
    for (const flags of [
      ['--listen', 'unix:/a'],
      ['--listen', 'unix:/a', '--admin', 'unix:/b'],
      ['--admin', 'off'],
      ['--listen', '[::1]:1'],
    ]) {
      t.doesNotThrow(() => load([...user, ...flags]), flags.join(' '))
    }
    t.end()
  })
}

t.test('no other system than Linux tells who calls', (t) => {
  const own = Object.getOwnPropertyDescriptor(process, 'platform')
  t.teardown(() => {
    Object.defineProperty(process, 'platform', own ?? {})
  })
  for (const value of ['darwin', 'win32', 'freebsd']) {
    Object.defineProperty(process, 'platform', { ...own, value })
    t.match(failureOf(['--allowed-user', 'self']), {
      exitCode: 2,
      line: /^--allowed-user works on Linux alone.*\(--allowed-user\)$/,
    })
    t.doesNotThrow(() => load([]), 'without it all is well')
  }
  t.end()
})

t.test('a mode is text in the config file', (t) => {
  t.equal(load(write(t, 'socketMode: "0660"')).socketMode, 0o660)
  t.equal(load([], { TAILER_PROXY_SOCKET_MODE: '660' }).socketMode, 0o660)
  for (const number of ['0660', '0o660', '432']) {
    t.match(failureOf(write(t, `socketMode: ${number}`)), {
      exitCode: 2,
      line: /socketMode must be text, not a number/,
      hint: /quotes/,
    })
  }
  t.end()
})

t.test('both are shown as one would write them', (t) => {
  const flags = ['--socket-mode=660', ...(process.platform === 'linux' ? ['--allowed-user=0'] : [])]
  const described = describeSettings(load(flags))
  t.same(described['socket-mode']?.value, '0660')
  t.same(described['allowed-user']?.value, process.platform === 'linux' ? ['0'] : [])
  t.end()
})
