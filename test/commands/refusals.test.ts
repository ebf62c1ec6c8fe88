import pino from 'pino'
import t from 'tap'
import { Refusals } from '../../src/commands/refusals.js'
import { whyRefused } from '../../src/commands/why-refused.js'
import type { Outcome } from '../../src/proxy/traffic.js'

const outcome = (status: number, source: Outcome['source'] = 'upstream') =>
  ({ status, source }) as Outcome

t.test('a refusal is told once a change of state, and so is its end', (t) => {
  const lines: object[] = []
  const log = pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line) as object) })
  const refusals = new Refusals(log, (status) => `hint for ${status}`)
  // A failure of another kind says nothing of the token, nor does an answer of our own.
  const statuses = [200, 401, 401, 503, 401, 403, 404, 200, 401]
  for (const status of statuses) refusals.onOutcome(outcome(status))
  for (const status of [403, 200]) refusals.onOutcome(outcome(status, 'proxy'))
  const refused = 'the upstream refuses the token'
  t.match(lines, [
    { level: 40, status: 401, hint: 'hint for 401', msg: refused },
    { level: 40, status: 403, hint: 'hint for 403', msg: refused },
    { level: 30, status: 404, msg: 'the upstream accepts the token again' },
    { level: 40, status: 401, hint: 'hint for 401', msg: refused },
  ])
  t.equal(lines.length, 4)
  t.end()
})

t.test(
  'an upstream that refuses every other request is warned of a few times, then once a minute',
  (t) => {
    const lines: { level: number; status: number }[] = []
    const write = (line: string) => void lines.push(JSON.parse(line) as { level: 40; status: 403 })
    const clock = { nowMs: 0 }
    const log = pino({ base: null }, { write })
    const refusals = new Refusals(log, String, () => clock.nowMs)
    const alternate = (times: number) => {
      for (let i = 0; i < times; i++) {
        for (const status of [403, 200]) refusals.onOutcome(outcome(status))
      }
      return lines.splice(0).map(({ status }) => status)
    }
    const once = [403, 200]
    t.same(alternate(1_000), [...once, ...once, ...once, ...once, ...once])
    clock.nowMs += 59_000
    t.same(alternate(1_000), [])
    clock.nowMs += 2_000
    t.same(alternate(1_000), once)
    // A refusal that stays is told of by the first request after the minute.
    clock.nowMs += 30_000
    refusals.onOutcome(outcome(401))
    t.same(lines, [])
    clock.nowMs += 30_000
    refusals.onOutcome(outcome(401))
    t.match(lines, [{ level: 40, status: 401 }])
    t.end()
  },
)

t.test('the hint names the likeliest of clock, role, login, audience and key', (t) => {
  const token = {
    kind: 'service-account',
    email: 'me@p.test',
    isFirebase: false,
    audience: 'https://api.test',
    upstream: 'https://api.test',
    tokenType: 'jwt',
    clockIsWrong: false,
  } as const
  t.match(whyRefused(401, token), /^most likely the key: .*audience than https:\/\/api\.test/)
  t.match(whyRefused(401, { ...token, audience: 'other' }), /^most likely the audience: .* other /)
  t.match(whyRefused(401, { ...token, clockIsWrong: true }), /^most likely the clock: /)
  t.match(whyRefused(401, { ...token, isFirebase: true }), /^most likely the login: /)
  t.match(whyRefused(401, { ...token, kind: 'static' }), /^most likely the token: /)
  t.match(whyRefused(403, token), /^most likely the role: give me@p\.test /)
  t.match(whyRefused(403, { ...token, isFirebase: true }), /^most likely the role: ask /)
  t.end()
})
