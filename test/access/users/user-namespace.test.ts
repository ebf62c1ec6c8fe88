import t from 'tap'
import { readUserNamespace } from '../../../src/access/users/user-namespace.js'

t.test('the machine’s own namespace has every user', (t) => {
  const { isWhole, has } = readUserNamespace('         0          0 4294967295\n')
  t.ok(isWhole)
  t.ok(has(0))
  t.ok(has(4294967294))
  t.end()
})

t.test('a container has some, and one of a service two or three', (t) => {
  const rootless = readUserNamespace(
    '         0       1000          1\n         1     100000      65536\n',
  )
  t.notOk(rootless.isWhole)
  t.same([0, 1, 65536, 65537].map(rootless.has), [true, true, true, false])
  const service = readUserNamespace('0 0 1\n61184 61184 1\n')
  t.notOk(service.isWhole)
  t.same([0, 1, 61184, 1000].map(service.has), [true, false, true, false])
  t.notOk(readUserNamespace('').has(0))
  t.end()
})
