import { readdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import t from 'tap'
import { get } from '../corpus/vector.js'
import { openClient } from '../integration/raw-client.js'
import { startDoor } from '../integration/start-door.js'

const COUNT = 5_000

t.test(
  '5,000 short connections: nobody allowed is refused, and no descriptor is left',
  async (t) => {
    if (process.platform !== 'linux') {
      t.comment('no Linux: its tables of sockets are missing')
      return
    }
    const users: unknown[] = []
    const { port } = await startDoor(t, ['--allowed-user', 'self'], undefined, (line) => {
      const { msg, user } = JSON.parse(line) as { msg: string; user?: string }
      if (msg === 'request') users.push(user)
    })
    const statuses: Record<string, number> = {}
    const call = async (): Promise<void> => {
      const client = openClient(port)
      client.send(get('/short', 'Connection: close'))
      const [answer] = await client.closed()
      const status = answer?.status ?? 'none'
      statuses[status] = (statuses[status] ?? 0) + 1
    }
    await call()
    const descriptors = readdirSync('/proc/self/fd').length
    let left = COUNT - 1
    const work = async (): Promise<void> => {
      while (left-- > 0) await call()
    }
    await Promise.all(Array.from({ length: 64 }, work))
    t.same(statuses, { 200: COUNT })
    t.same(new Set(users), new Set([userInfo().username]))
    t.equal(users.length, COUNT)
    t.ok(readdirSync('/proc/self/fd').length <= descriptors + 8)
  },
)
