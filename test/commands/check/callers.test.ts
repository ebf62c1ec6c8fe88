import t from 'tap'
import { describeCallers } from '../../../src/commands/check/callers.js'
import { load } from '../../settings/load.js'

t.test('the report says who may call', (t) => {
  const uid = process.getuid?.()
  for (const [flags, said] of [
    [[], 'any user of this machine'],
    [['--listen', '[::1]:1'], 'any user of this machine'],
    [['--listen', 'unix:/run/a.sock'], 'who may write to the socket /run/a.sock (mode 0600)'],
    [
      ['--listen', 'unix:/run/a.sock', '--socket-mode', '660'],
      'who may write to the socket /run/a.sock (mode 0660)',
    ],
    [['--listen', '0.0.0.0:80', '--unsafe-listen'], 'any machine that reaches 0.0.0.0:80'],
  ] as const) {
    t.equal(describeCallers(load(flags)), `may call: ${said}`)
  }
  if (process.platform === 'linux') {
    const users = ['self', 'root', '4000000000'].flatMap((user) => ['--allowed-user', user])
    t.equal(describeCallers(load(users)), `may call: self (uid ${uid}), root, 4000000000`)
  }
  t.end()
})
