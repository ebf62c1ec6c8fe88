import t from 'tap'
import { describeSettings } from '../../src/settings/describe-settings.js'
import { load } from './load.js'

t.test('settings are described with their sources, and without their secrets', (t) => {
  const argv = ['--require-header', 'x-key: hunter2', '--exec', 'print --password hunter2']
  const described = describeSettings(
    load([...argv, '--max-in-flight', '7'], {
      HTTPS_PROXY: 'http://user:hunter2@proxy:3128',
      TAILER_PROXY_LOG_LEVEL: 'debug',
    }),
  )
  t.match(described, {
    'max-in-flight': { value: 7, source: '--max-in-flight' },
    'log-level': { value: 'debug', source: 'TAILER_PROXY_LOG_LEVEL' },
    admin: { value: { host: '127.0.0.1', port: 9901 }, source: 'default' },
    exec: { value: '[secret]', source: '--exec' },
  })
  t.notMatch(JSON.stringify(described), /hunter2/)
  t.end()
})
