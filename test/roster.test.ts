import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import t from 'tap'
import { Roster } from '../src/roster.js'

class Member {
  place = -1
  otherPlace = -1
  readonly name: number
  constructor(name: number) {
    this.name = name
  }
}

const names = (roster: Iterable<Member>): number[] => [...roster].map(({ name }) => name)

t.test('a roster holds its members in the order of their arrival', (t) => {
  const roster = new Roster<Member>()
  const [a, b, c] = [new Member(1), new Member(2), new Member(3)] as const
  t.equal(roster.first, undefined)
  for (const member of [a, b, c, b]) roster.add(member)
  t.strictSame(names(roster), [1, 2, 3])
  t.equal(roster.size, 3)
  t.equal(roster.delete(a), true)
  t.equal(roster.delete(a), false, 'it is absent now')
  t.equal(roster.has(a), false)
  t.equal(roster.first, b)
  roster.add(a)
  t.strictSame(names(roster), [2, 3, 1])
  t.end()
})

t.test('a member is in as many rosters as it has places', (t) => {
  const one = new Roster<Member>()
  const other = new Roster<Member, 'otherPlace'>('otherPlace')
  const member = new Member(1)
  other.add(new Member(0))
  other.add(member)
  t.equal(one.has(member), false)
  one.add(member)
  other.delete(member)
  t.equal(one.has(member), true)
  t.equal(other.has(member), false)
  t.equal(new Roster<Member>().has(member), false, 'a place in another roster is none in this')
  t.end()
})

t.test('it does what a Set does, whatever comes and goes', (t) => {
  const act = fc.tuple(fc.boolean(), fc.nat(40))
  fc.assert(
    fc.property(fc.array(act, { maxLength: 400 }), (acts) => {
      const members = Array.from({ length: 41 }, (_, name) => new Member(name))
      const roster = new Roster<Member>()
      const set = new Set<Member>()
      for (const [isAdded, index] of acts) {
        const member = members[index] as Member
        if (isAdded) {
          roster.add(member)
          set.add(member)
        } else if (roster.delete(member) !== set.delete(member)) return false
        if (roster.size !== set.size || roster.first !== [...set][0]) return false
      }
      return (
        names(roster).join() === names(set).join() &&
        members.every((m) => roster.has(m) === set.has(m))
      )
    }),
  )
  t.end()
})

t.test('members leave and arrive during a walk', (t) => {
  const roster = new Roster<Member>()
  const members = Array.from({ length: 100 }, (_, name) => new Member(name))
  for (const member of members) roster.add(member)
  const met: number[] = []
  for (const member of roster) {
    met.push(member.name)
    // Itself, and every third of those to come; others arrive in such numbers that holes close.
    roster.delete(member)
    for (let i = member.name + 3; i < 100; i += 3) roster.delete(members[i] as Member)
    for (let i = 0; i < 3; i++) roster.add(new Member(100 + met.length))
  }
  t.strictSame(
    met.filter((name) => name < 100),
    [0, 1, 2],
    'whoever left is not met',
  )
  t.strictSame(met.length, new Set(met).size, 'nobody is met twice')
  t.end()
})

t.test('a walk that is given up, or throws, moves nobody and holds nothing up', (t) => {
  const roster = new Roster<Member>()
  for (let i = 0; i < 64; i++) roster.add(new Member(i))
  for (const member of roster) if (member.name === 5) break
  t.throws(() => {
    for (const member of roster) throw new Error(`${member.name}`)
  })
  for (const member of roster) if (member.name < 60) roster.delete(member)
  for (let i = 64; i < 70; i++) roster.add(new Member(i))
  t.strictSame(names(roster), [60, 61, 62, 63, 64, 65, 66, 67, 68, 69])
  t.end()
})

/**
 * Prints how many MiB of members, present for a moment each, are in the old generation in the end,
 * after minor collections alone. What is promoted first is what a long-lived process has.
 */
function promotedBy(structure: string): number {
  const script = `
    import { getHeapSpaceStatistics } from 'node:v8'
    import { Roster } from ${JSON.stringify(new URL('../src/roster.js', import.meta.url))}
    const present = new ${structure}()
    const old = () => getHeapSpaceStatistics()
      .filter(({ space_name: name }) => name.startsWith('old') || name.includes('large_object'))
      .reduce((sum, space) => sum + space.space_used_size, 0)
    const staying = []
    function churn(times) {
      for (let i = 0; i < times; i++) {
        const member = { place: -1, weight: new Array(100).fill(i) }
        present.add(member)
        if (staying.push(member) > 7) present.delete(staying.shift())
      }
    }
    churn(1000)
    for (let i = 0; i < 3; i++) gc({ type: 'minor' })
    const before = old()
    for (let round = 0; round < 50; round++) { churn(200); gc({ type: 'minor' }) }
    console.log((old() - before) / 2 ** 20)`
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', '--input-type=module', '-e', script],
    { encoding: 'utf8' },
  )
  if (stdout === '') throw new Error(stderr)
  return Number(stdout)
}

t.test('who has left is garbage at once, where a Set keeps all that ever came', (t) => {
  const [roster, set] = [promotedBy('Roster'), promotedBy('Set')]
  t.ok(set > 2, `the effect is there: ${set.toFixed(2)} MiB`)
  t.ok(roster < set / 10, `${roster.toFixed(2)} MiB`)
  t.end()
})
