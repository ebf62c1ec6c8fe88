import t from 'tap'
import { setImmediate } from 'node:timers/promises'
import { type Caller, Callers } from '../../../src/access/users/callers.js'
import { type Ends, rowNamesOf } from '../../../src/access/users/socket-table.js'

const UNKNOWN = { user: undefined, isAllowed: false }

function ends(remotePort: number): Ends {
  return {
    localAddress: '127.0.0.1',
    localPort: 8080,
    remoteAddress: '127.0.0.1',
    remotePort,
  }
}

/** As the kernel prints it, in part. */
function row(of: Ends, uid: number, inode = 7): string {
  return `   1: ${rowNamesOf(of)[0] as string} 01 0:0 0:0 0 ${uid} 0 ${inode} 1\n`
}

/** Readings that end when the test says so, and the answers in the order in which they come. */
function create(overflowUid?: number) {
  const readings: { resolve(text: string): void; reject(error: unknown): void }[] = []
  const told: [name: string, Caller][] = []
  const readable: unknown[] = []
  const callers = new Callers({
    allowed: new Set([1000]),
    overflowUid,
    accounts: { nameOf: (uid) => (uid === 1000 ? 'alice' : undefined) },
    tables: [
      {
        read: () =>
          new Promise((resolve, reject) => {
            readings.push({ resolve, reject })
          }),
      },
    ],
    onReadable: (...state) => readable.push(state),
  })
  return {
    readings,
    told,
    readable,
    ask: (name: string, look: () => Ends | undefined) => {
      callers.ask(look, (caller) => told.push([name, caller]))
    },
    /** Ends the newest reading. */
    give: async (text: string) => {
      readings.at(-1)?.resolve(text)
      await setImmediate()
    },
  }
}

t.test(
  'one reading serves all who are accepted in a turn, each with its own verdict',
  async (t) => {
    const { ask, give, readings, told } = create()
    ask('a', () => ends(1))
    ask('b', () => ends(2))
    ask('c', () => ends(3))
    await setImmediate()
    t.equal(readings.length, 1)
    await give(row(ends(2), 1001) + row(ends(1), 1000) + row(ends(3), 0, 0))
    t.same(told.slice(0, 2), [
      ['a', { user: 'alice', isAllowed: true }],
      ['b', { user: '1001', isAllowed: false }],
    ])
    await give('')
    t.same(told.slice(2), [['c', UNKNOWN]], 'a row without an inode is nobody’s')
  },
)

t.test('who comes during a reading waits for the next one', async (t) => {
  const { ask, give, readings, told } = create()
  ask('a', () => ends(1))
  await setImmediate()
  ask('late', () => ends(2))
  await give(row(ends(1), 1000) + row(ends(2), 1000))
  t.same(
    told.map(([name]) => name),
    ['a'],
    'its port may have been another’s when that part was read',
  )
  t.equal(readings.length, 2)
  await give(row(ends(2), 1001))
  t.same(told[1], ['late', { user: '1001', isAllowed: false }])
})

t.test('a number that stands for many users is nobody’s', async (t) => {
  const { ask, give, told } = create(1000)
  ask('a', () => ends(1))
  await setImmediate()
  await give(row(ends(1), 1000))
  t.same(told, [['a', UNKNOWN]])
})

t.test('a row that a reading missed is looked for once more', async (t) => {
  const { ask, give, readings, told } = create()
  ask('a', () => ends(1))
  await setImmediate()
  await give('')
  t.same(told, [])
  t.equal(readings.length, 2)
  await give(row(ends(1), 1000))
  t.same(told, [['a', { user: 'alice', isAllowed: true }]])

  ask('b', () => ends(2))
  await setImmediate()
  await give('')
  await give('')
  t.same(told[1], ['b', UNKNOWN])
  t.equal(readings.length, 4, 'and not again')
})

t.test(
  'a connection that is gone after the reading is nobody’s, whoever has its port',
  async (t) => {
    const { ask, give, told } = create()
    let isThere = true
    ask('a', () => (isThere ? ends(1) : undefined))
    await setImmediate()
    isThere = false
    await give(row(ends(1), 1000))
    t.same(told, [['a', UNKNOWN]])
  },
)

t.test('tables that cannot be read are told of once, and refuse everybody', async (t) => {
  const { ask, give, readings, readable, told } = create()
  const fail = async (name: string) => {
    ask(name, () => ends(1))
    await setImmediate()
    readings.at(-1)?.reject(Object.assign(new Error(), { code: 'EACCES' }))
    await setImmediate()
  }
  await fail('a')
  await fail('b')
  t.same(told, [
    ['a', UNKNOWN],
    ['b', UNKNOWN],
  ])
  t.same(readable, [[false, 'EACCES']])
  ask('c', () => ends(1))
  await setImmediate()
  await give(row(ends(1), 1000))
  t.same(told[2], ['c', { user: 'alice', isAllowed: true }])
  t.same(readable[1], [true, undefined])
})

t.test(
  'tables are read one at a time, and a later one only for who is not in the first',
  async (t) => {
    let [now, most] = [0, 0]
    const reads: string[] = []
    const table = (name: string, text: string) => ({
      read: async () => {
        reads.push(name)
        most = Math.max(most, ++now)
        await setImmediate()
        now--
        return text
      },
    })
    const callers = new Callers({
      allowed: new Set([1000]),
      overflowUid: undefined,
      accounts: { nameOf: () => undefined },
      tables: [table('tcp', row(ends(1), 1000)), table('tcp6', row(ends(2), 1000))],
      onReadable: () => undefined,
    })
    const ask = (of: Ends) =>
      new Promise<Caller>((resolve) => {
        callers.ask(() => of, resolve)
      })
    t.equal((await ask(ends(1))).isAllowed, true)
    t.same(reads, ['tcp'])
    const first = ask(ends(2))
    await setImmediate()
    const both = await Promise.all([first, ask(ends(2))])
    t.strictSame(
      both.map(({ isAllowed }) => isAllowed),
      [true, true],
    )
    t.equal(most, 1)
  },
)

t.test('who is gone is told of once, though a row still has its port', async (t) => {
  const { ask, give, told } = create()
  ask('gone', () => undefined)
  ask('a', () => ends(1))
  await setImmediate()
  await give(row(ends(1), 1000))
  t.same(told, [
    ['gone', UNKNOWN],
    ['a', { user: 'alice', isAllowed: true }],
  ])
})
