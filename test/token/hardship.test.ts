import t from 'tap'
import { MintError } from '../../src/token/token-source.js'
import { settled } from './manual-clock.js'
import { HOUR, MINUTE, setUp } from './set-up-keeper.js'

t.test('credentials that cease to work are tried again for ever', async (t) => {
  const { clock, keeper, state, told, held } = setUp()
  await keeper.start()
  state.fault = new MintError('revoked', { permanent: true })
  await clock.pass(24 * HOUR)
  t.equal(held(), undefined)
  t.ok(state.mints > 2_000, `${state.mints} tries`)
  t.match(told.at(-1), /^failed/)
  state.fault = undefined
  await clock.pass(30_000)
  t.ok(held(), 'without a request')
})

t.test(
  'a source that has but one token is asked once for a refusal, and it is not sent again',
  async (t) => {
    const { clock, keeper, state } = setUp()
    state.name = 'the one'
    await keeper.start()
    await clock.pass(10_001)
    const token = keeper.current()!
    t.equal(await keeper.refused(token), undefined)
    t.equal(await keeper.refused(token), undefined, 'nor for whoever comes late')
    t.equal(state.mints, 2)
  },
)

t.test('tokens that end as they come are not minted more than once a second', async (t) => {
  const { clock, keeper, state } = setUp({ lifeMs: 1 })
  await keeper.start()
  await clock.pass(MINUTE)
  t.ok(state.mints <= 61, `${state.mints} mints in a minute`)
  await t.rejects(keeper.next(), 'nor for a request')
  t.equal(keeper.retryInMs, 1_000)
})

t.test('a token that comes after its deadline takes no newer one’s place', async (t) => {
  const { clock, keeper, state, hang, held } = setUp()
  const open = hang()
  const starting = keeper.start()
  await clock.pass(45_000)
  await starting
  const openSecond = hang()
  await clock.pass(500)
  t.equal(state.mints, 2)
  openSecond()
  await settled()
  t.equal(held(), '2')
  open()
  await settled()
  t.equal(held(), '2')
})

t.test('a mint that fails after it was given up disturbs nobody', async (t) => {
  const { clock, keeper, state, told, hang } = setUp()
  const open = hang()
  const starting = keeper.start()
  await clock.pass(45_000)
  await starting
  state.fault = new MintError('late')
  open()
  await settled()
  t.equal(told.length, 1)
})

t.test('while a machine sleeps its token ends, and the first look brings another', async (t) => {
  const { clock, keeper, state, held } = setUp()
  await keeper.start()
  state.fault = new MintError('down')
  await clock.pass(56 * MINUTE)
  const tries = state.mints
  // Timers and pauses stand still with the monotonic clock.
  clock.jump(8 * HOUR)
  t.equal(held(), undefined)
  state.fault = undefined
  await clock.pass(10_000)
  t.equal(held(), String(tries + 1))
})

t.test('a clock that is set by 10 s or less is not told of', async (t) => {
  const { clock, keeper, told } = setUp()
  await keeper.start()
  for (const ms of [9_000, -9_000, 10_000, -10_000]) {
    clock.jump(ms)
    await clock.pass(10_000)
  }
  t.same(told, ['minted 1'])
})

t.test('a mint in progress at the stop is given up, and told to nobody', async (t) => {
  const { keeper, told, hang } = setUp()
  hang()
  const starting = keeper.start()
  keeper.stop()
  await starting
  t.same(told, [])
})
