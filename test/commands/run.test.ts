import t from 'tap'
import { settingsOfRun } from '../../src/commands/run.js'
import { load } from '../settings/load.js'

t.test('run serves on a free port of its own, without an admin listener or a log of it', (t) => {
  t.match(settingsOfRun(load()), {
    listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    admin: 'off',
    logLevel: 'warn',
  })
  t.end()
})

t.test('what is given of these is used, but for the port', (t) => {
  const argv = ['--listen', '127.0.0.1:8080', '--admin', '127.0.0.1:9901']
  t.match(settingsOfRun(load(argv, { TAILER_PROXY_LOG_LEVEL: 'info' })), {
    listen: { port: 0 },
    admin: { port: 9901 },
    logLevel: 'info',
  })
  t.end()
})
