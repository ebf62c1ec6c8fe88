import t from 'tap'
import { ClockSkew } from '../../src/upstream/clock-skew.js'

const NOON = Date.parse('2026-01-01T12:00:00Z')

function setUp() {
  const told: string[] = []
  const time = { now: NOON, monotonic: 0 }
  const skew = new ClockSkew(
    (verdict, byMs) => told.push(`${verdict} ${byMs / 1000}`),
    () => time.now,
  )
  const answer = (offByS: number, ...more: string[]) => {
    time.monotonic += 5_000
    time.now = NOON + offByS * 1000 + 500
    skew.look(['content-type', 'a', 'date', new Date(NOON).toUTCString(), ...more], time.monotonic)
  }
  return { told, answer, skew, time }
}

t.test('a clock that is off by more than 30 s is told once, with how much and which way', (t) => {
  const { told, answer } = setUp()
  for (const offByS of [0, 30, -30, 31, 35, 300, 30, 0, -31, -90, 45]) answer(offByS)
  t.same(told, ['ahead 31', 'right 30', 'behind -31', 'ahead 45'])
  t.end()
})

t.test('a response without a date, with a wrong one, or from a cache says nothing', (t) => {
  for (const before of [[], ['ahead 60']]) {
    const { told, answer, skew } = setUp()
    if (before.length > 0) answer(60)
    answer(600, 'age', '600')
    skew.look(['server', 'a'], 1e6)
    skew.look(['date', 'yesterday'], 2e6)
    t.same(told, before, 'nor that it is right again')
  }
  t.end()
})

t.test('only the date says what time it is there', (t) => {
  const { told, skew, time } = setUp()
  time.now = NOON + 600_500
  const wrong = new Date(NOON - 86_400_000).toUTCString()
  const fields = ['last-modified', wrong, 'date', new Date(NOON).toUTCString(), 'expires', wrong]
  skew.look(fields, 0)
  t.same(told, ['ahead 600'])
  t.end()
})

t.test('not every response is looked at', (t) => {
  const { told, answer, skew, time } = setUp()
  answer(0)
  time.now = NOON + 600_000
  skew.look(['date', new Date(NOON).toUTCString()], time.monotonic + 4_999)
  t.same(told, [])
  skew.look(['date', new Date(NOON).toUTCString()], time.monotonic + 5_000)
  t.equal(told.length, 1)
  t.end()
})
