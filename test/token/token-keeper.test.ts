import t from 'tap'
import { TokenKeeper } from '../../src/token/token-keeper.js'
import { MintError } from '../../src/token/token-source.js'
import { Token } from '../../src/token/token.js'
import { ManualClock, settled } from './manual-clock.js'
import { HOUR, MINUTE, setUp } from './set-up-keeper.js'

t.test('the first token is minted at the start', async (t) => {
  const { keeper, held } = setUp()
  t.equal(held(), undefined)
  await keeper.start()
  t.equal(held(), '1')
})

t.test('a token is renewed when five minutes remain, while the old one serves', async (t) => {
  const { clock, keeper, state, hang, held } = setUp()
  await keeper.start()
  await clock.pass(55 * MINUTE - 1)
  t.equal(state.mints, 1)
  const open = hang()
  await clock.pass(1)
  t.equal(state.mints, 2)
  t.equal(held(), '1')
  open()
  await settled()
  t.equal(held(), '2')
})

t.test('a short token is renewed when a fifth of its life remains', async (t) => {
  const { clock, keeper, state } = setUp({ lifeMs: 10_000 })
  await keeper.start()
  await clock.pass(7_999)
  t.equal(state.mints, 1)
  await clock.pass(1)
  t.equal(state.mints, 2)
})

t.test('jitter renews somewhat earlier, never later', async (t) => {
  const { clock, keeper, state } = setUp({ random: 0.999 })
  await keeper.start()
  await clock.pass(54.4 * MINUTE)
  t.equal(state.mints, 1)
  await clock.pass(0.2 * MINUTE)
  t.equal(state.mints, 2)
})

t.test('the old token serves until ten seconds before its end, and no longer', async (t) => {
  const { clock, keeper, state, held } = setUp()
  await keeper.start()
  state.fault = new MintError('down')
  await clock.pass(HOUR - 10_001)
  t.equal(held(), '1')
  await clock.pass(1)
  t.equal(held(), undefined)
  state.fault = undefined
  await clock.pass(30_000)
  t.not(held(), undefined, 'recovered without a request')
})

t.test('a short token serves until a tenth of its life remains', async (t) => {
  const { clock, keeper, state, held } = setUp({ lifeMs: 10_000 })
  await keeper.start()
  state.fault = new MintError('down')
  await clock.pass(8_999)
  t.equal(held(), '1')
  await clock.pass(1)
  t.equal(held(), undefined)
})

t.test('however many want a token, one is minted', async (t) => {
  const { keeper, state, hang } = setUp()
  const open = hang()
  const starting = keeper.start()
  const all = Promise.all(Array.from({ length: 100 }, () => keeper.next()))
  open()
  await starting
  t.equal(new Set((await all).map((token) => token.reveal())).size, 1)
  t.equal(state.mints, 1)
})

t.test('failures are tried again after 1 s, doubling to 30 s, with jitter', async (t) => {
  const { clock, keeper, state, told } = setUp({ random: 1 })
  state.fault = new MintError('down')
  await keeper.start()
  await clock.pass(60_000)
  const pauses = [1, 2, 4, 8, 16, 30].map((s) => `failed, again in ${s * 1000}`)
  t.same(told.slice(0, 6), pauses)
  const early = setUp({ random: 0 })
  early.state.fault = new MintError('down')
  await early.keeper.start()
  t.same(early.told, ['failed, again in 500'])
})

t.test('the pause is no shorter than retry-after', async (t) => {
  const { clock, keeper, state } = setUp()
  state.fault = new MintError('busy', { retryAfterMs: 90_000 })
  await keeper.start()
  t.equal(keeper.retryInMs, 90_000)
  await clock.pass(89_999)
  t.equal(state.mints, 1)
  await clock.pass(1)
  t.equal(state.mints, 2)
})

t.test('only credentials that cannot work end the start', async (t) => {
  const down = setUp()
  down.state.fault = new MintError('down')
  await t.resolves(down.keeper.start())
  const wrong = setUp()
  wrong.state.fault = new MintError('wrong kind', { permanent: true })
  await t.rejects(wrong.keeper.start(), { message: 'wrong kind' })
})

t.test(
  'without a token a request waits for the mint in progress, else it is told at once',
  async (t) => {
    const { clock, keeper, state, hang } = setUp()
    state.fault = new MintError('down')
    await keeper.start()
    await t.rejects(keeper.next(), { message: /none being minted/ })
    t.equal(state.mints, 1, 'and asks for none during the pause')
    const open = hang()
    await clock.pass(500)
    const waiting = keeper.next()
    state.fault = undefined
    open()
    t.equal((await waiting).reveal(), '2')
  },
)

t.test('a source that hangs is given up, and tried again', async (t) => {
  const { clock, keeper, state, told, hang, held } = setUp()
  const open = hang()
  const starting = keeper.start()
  await clock.pass(45_000)
  await starting
  t.same(told, ['failed, again in 500'])
  open()
  await clock.pass(500)
  t.equal(state.mints, 2)
  t.equal(held(), '2')
})

t.test('a clock that jumps ahead leaves no dead token in use', async (t) => {
  const { clock, keeper, told, held } = setUp()
  await keeper.start()
  clock.jump(2 * HOUR)
  t.equal(held(), undefined)
  await clock.pass(10_000)
  t.match(told, ['minted 1', `jumped ${2 * HOUR}`, 'minted 2'])
  t.equal(held(), '2')
})

t.test('a clock that is set back revives no token', async (t) => {
  const { clock, keeper, state, told, held } = setUp()
  await keeper.start()
  state.fault = new MintError('down')
  clock.jump(-5 * HOUR)
  await clock.pass(10_000)
  t.match(told[1], /^jumped -/)
  t.equal(held(), '1', 'it lives still')
  await clock.pass(HOUR - 20_000)
  t.equal(held(), undefined, 'it has lived its hour')
  const tries = state.mints
  await clock.pass(15_000)
  t.ok(state.mints >= tries + 3, 'from then on it is tried again after a pause of 1 s, 2 s, …')
})

t.test(
  'a clock that jumps to just where a token’s use is over leaves it no longer in use',
  async (t) => {
    const { clock, keeper, held } = setUp()
    await keeper.start()
    clock.jump(HOUR - 10_001)
    t.equal(held(), '1')
    clock.jump(1)
    t.equal(held(), undefined)
  },
)

t.test('a refused token is minted anew once for all who saw it', async (t) => {
  const { clock, keeper, state } = setUp()
  await keeper.start()
  const first = keeper.current()!
  await clock.pass(10_000)
  t.equal(await keeper.refused(first), undefined, 'not when it is this young')
  await clock.pass(1)
  const others = await Promise.all(Array.from({ length: 20 }, () => keeper.refused(first)))
  t.same([...new Set(others.map((token) => token?.reveal()))], ['2'])
  t.equal(state.mints, 2)
  t.equal((await keeper.refused(first))?.reveal(), '2', 'whoever comes late gets it too')
  await clock.pass(29_998)
  const second = keeper.current()!
  t.equal(await keeper.refused(second), undefined, 'at most one in 30 s')
  await clock.pass(2)
  t.equal((await keeper.refused(second))?.reveal(), '3')
})

t.test('new credentials are used even if a mint with the old ones is in progress', async (t) => {
  const { keeper, state, hang, held } = setUp()
  await keeper.start()
  const open = hang()
  keeper.renew()
  keeper.renew()
  keeper.renew()
  open()
  await settled()
  await settled()
  t.equal(state.mints, 3)
  t.equal(held(), '3')
})

t.test('new credentials are used at once, whatever the pause', async (t) => {
  const { keeper, state, held } = setUp()
  state.fault = new MintError('busy', { retryAfterMs: HOUR })
  await keeper.start()
  state.fault = undefined
  keeper.renew()
  await settled()
  t.equal(held(), '2')
})

t.test('a request waits for a mint with new credentials, whatever the pause', async (t) => {
  const { keeper, state, hang } = setUp()
  state.fault = new MintError('busy', { retryAfterMs: HOUR })
  await keeper.start()
  state.fault = undefined
  const open = hang()
  keeper.renew()
  const waiting = keeper.next()
  open()
  t.equal((await waiting).reveal(), '2')
})

t.test('a token that had ended when it came is not used, and it says why', async (t) => {
  for (const lifeMs of [-1, 0, NaN]) {
    const { keeper, held, told } = setUp({ lifeMs })
    await keeper.start()
    t.equal(held(), undefined)
    t.same(told, ['failed, again in 500'], 'it is not told of as minted')
    t.match(keeper.lastError, { message: /expired when it was received/, hint: /machine's clock/ })
  }
})

t.test('why the last mint failed is known until one succeeds', async (t) => {
  const { clock, keeper, state } = setUp()
  t.equal(keeper.lastError, undefined)
  state.fault = new MintError('down')
  await keeper.start()
  t.equal(keeper.lastError, state.fault)
  state.fault = undefined
  await clock.pass(500)
  t.equal(keeper.lastError, undefined)
})

t.test('a fault of a source’s own is a MintError with its cause', async (t) => {
  const cause = new TypeError('a bug')
  const keeper = new TokenKeeper({
    clock: new ManualClock(),
    source: { mint: () => Promise.reject(cause) },
    observer: { minted: () => 0, mintFailed: () => 0, clockJumped: () => 0 },
  })
  await keeper.start()
  t.match(keeper.lastError, { name: 'MintError', message: 'the token could not be minted' })
  t.equal(keeper.lastError?.cause, cause)
})

t.test('it says that it renews while a mint is in progress, and only then', async (t) => {
  const { keeper, hang } = setUp()
  t.equal(keeper.renewing, false)
  await keeper.start()
  t.equal(keeper.renewing, false)
  const open = hang()
  keeper.renew()
  t.equal(keeper.renewing, true)
  open()
  await settled()
  t.equal(keeper.renewing, false)
})

t.test('asked before the start, it mints: nothing has failed yet', async (t) => {
  const { keeper, state } = setUp()
  t.equal(keeper.retryInMs, 0)
  t.equal((await keeper.next()).reveal(), '1')
  t.equal(state.mints, 1)
})

t.test('a refusal brings no token while none can be minted', async (t) => {
  const { clock, keeper, state } = setUp()
  await keeper.start()
  const first = keeper.current()!
  await clock.pass(10_001)
  state.fault = new MintError('down')
  t.equal(await keeper.refused(first), undefined)
  t.equal(
    await new TokenKeeper({
      clock,
      source: { mint: () => Promise.reject(new Error('never')) },
      observer: { minted: () => 0, mintFailed: () => 0, clockJumped: () => 0 },
    }).refused(first),
    undefined,
    'nor one that never held a token',
  )
})

t.test('a token that cannot be had in time is an error that says so', async (t) => {
  const { clock, keeper, hang } = setUp()
  hang()
  const starting = keeper.start()
  await clock.pass(45_000)
  await starting
  t.match(keeper.lastError, { message: 'the token was not minted in time' })
})

t.test('a token may ask to be renewed before its end', async (t) => {
  const clock = new ManualClock()
  let mints = 0
  const keeper = new TokenKeeper({
    clock,
    source: {
      mint: () => {
        mints++
        const now = clock.now()
        return Promise.resolve(new Token('opaque', now, Infinity, now + 5 * MINUTE))
      },
    },
    observer: { minted: () => 0, mintFailed: () => 0, clockJumped: () => 0 },
  })
  await keeper.start()
  await clock.pass(5 * MINUTE - 1)
  t.equal(mints, 1)
  await clock.pass(1)
  t.equal(mints, 2)
  await clock.pass(24 * HOUR)
  t.not(keeper.current(), undefined)
})

t.test('nothing is minted after the stop', async (t) => {
  const { clock, keeper, state } = setUp()
  await keeper.start()
  keeper.stop()
  t.equal(clock.timers, 0, 'nor does a timer wait')
  await clock.pass(2 * HOUR)
  t.equal(state.mints, 1)
  const early = setUp()
  const open = early.hang()
  const starting = early.keeper.start()
  early.keeper.renew()
  early.keeper.stop()
  open()
  await starting
  await early.clock.pass(HOUR)
  t.equal(early.state.mints, 1, 'nor one that was to follow')
})
