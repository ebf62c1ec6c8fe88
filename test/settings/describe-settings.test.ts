import t from 'tap'
import { describeSettings } from '../../src/settings/describe-settings.js'
import { load } from './load.js'

t.test('settings are described with their sources, and without their secrets', (t) => {
  const argv = ['--require-header', 'x-key: hunter2', '--exec', 'print --password hunter2']
  const described = describeSettings(
    load([...argv, '--max-in-flight', '7'], {
      HTTPS_PROXY: 'http://user:hunter2@proxy:3128',
      NO_PROXY: '.test',
      TAILER_PROXY_LOG_LEVEL: 'debug',
    }),
  )
  t.match(described, {
    'max-in-flight': { value: 7, source: '--max-in-flight' },
    'log-level': { value: 'debug', source: 'TAILER_PROXY_LOG_LEVEL' },
    admin: { value: '127.0.0.1:9901', source: 'default' },
    exec: { value: '[secret]', source: '--exec' },
    HTTPS_PROXY: { value: 'http://proxy:3128, with user and password', source: 'environment' },
    NO_PROXY: { value: '.test', source: 'environment' },
  })
  t.notMatch(JSON.stringify(described), /hunter2/)
  t.end()
})

t.test('values are shown as one would write them', (t) => {
  const argv = ['--read-only', '--listen', '[::1]:0', '--admin', 'off', '--allow', '* /v1/*']
  const described = describeSettings(load(argv))
  const values = Object.entries(described).map(([name, { value }]) => [name, value])
  t.match(Object.fromEntries(values), {
    listen: '[::1]:0',
    admin: 'off',
    allow: ['* /v1/*', 'GET /*', 'HEAD /*', 'POST /v1/dag/status'],
    'read-only': true,
    'max-in-flight': 512,
    'connect-timeout': '10s',
    'response-timeout': '5m',
    'replay-limit': '64KiB',
  })
  t.equal(describeSettings(load(['--read-only=false']))['read-only']?.value, false)
  t.end()
})

t.test('what the environment alone gives is shown if it is set, a token never', (t) => {
  const described = describeSettings(
    load([], { TAILER_PROXY_TOKEN: 'hunter2', NODE_EXTRA_CA_CERTS: '/ca.pem' }),
  )
  t.match(described, {
    TAILER_PROXY_TOKEN: { value: '[secret]', source: 'environment' },
    NODE_EXTRA_CA_CERTS: { value: '/ca.pem', source: 'environment' },
  })
  t.notOk('HTTPS_PROXY' in described)
  t.end()
})
