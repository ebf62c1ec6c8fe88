import pino from 'pino'
import t from 'tap'
import { createMetrics } from '../../src/admin/metrics.js'
import { createKeeper, followCredentials } from '../../src/commands/create-keeper.js'
import type { WatchObserver } from '../../src/identity/identity.js'
import { MintError } from '../../src/token/token-source.js'
import { Token } from '../../src/token/token.js'
import { ManualClock, settled } from '../token/manual-clock.js'

const HOUR_MS = 3_600_000

/** A keeper that mints when it is told to, and what it logs from `info` on. */
function setUp() {
  const lines: Record<string, unknown>[] = []
  const log = pino(
    { level: 'info', base: null, timestamp: false },
    { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  )
  const metrics = createMetrics({
    inFlight: () => 0,
    upstreamConnections: () => 0,
    tokenExpiresAtMs: () => 0,
  })
  const clock = new ManualClock()
  const state = { fault: undefined as MintError | undefined, lifeMs: HOUR_MS, mints: 0 }
  const source = {
    mint: () => {
      state.mints++
      if (state.fault !== undefined) return Promise.reject(state.fault)
      return Promise.resolve(new Token('t', clock.now(), clock.now() + state.lifeMs))
    },
  }
  const tokens = createKeeper(source, log, metrics, () => undefined, clock)
  const mint = async (fault?: MintError): Promise<void> => {
    state.fault = fault
    tokens.renew()
    await settled()
  }
  /** What was logged since it was last asked. */
  const logged = () => lines.splice(0)
  return { clock, state, tokens, metrics, log, mint, logged }
}

const [WARN, ERROR, INFO] = [40, 50, 30]

t.test('a failing endpoint is one line a reason, and its return another', async (t) => {
  const { mint, logged, tokens } = setUp()
  await mint()
  t.same(logged(), [], 'a token as expected is nothing to tell')
  const [down, busy] = [new MintError('down', { hint: 'wait' }), new MintError('busy')]
  for (const fault of [down, down, busy, down, busy, busy]) await mint(fault)
  t.match(logged(), [
    { level: WARN, reason: 'down', hint: 'wait', usable: true, msg: 'token not minted' },
    { level: WARN, reason: 'busy', usable: true, msg: 'token not minted' },
  ])
  await mint()
  t.match(logged(), [{ level: INFO, msg: 'token minted' }])
  await mint(down)
  t.equal(logged().length, 1, 'it is told of again')
  tokens.stop()
})

t.test('that no token is left is told as an error, once', async (t) => {
  const { clock, mint, logged, tokens } = setUp()
  await mint()
  const down = new MintError('down')
  await mint(down)
  clock.jump(HOUR_MS)
  t.equal(tokens.current(), undefined)
  await mint(down)
  await mint(down)
  t.match(logged(), [
    { level: WARN, usable: true },
    { level: ERROR, usable: false, msg: 'token not minted' },
  ])
  tokens.stop()
})

t.test('a source that complains in other words each time does not fill the log', async (t) => {
  const { mint, logged, tokens } = setUp()
  for (let n = 0; n < 100; n++) await mint(new MintError(`at ${n} o’clock`))
  t.equal(logged().length, 10)
  tokens.stop()
})

t.test('a change of the credentials is logged, counted and used at once', async (t) => {
  const { state, tokens, log, metrics, logged } = setUp()
  let observer: WatchObserver | undefined
  let ended = false
  const identity = {
    origin: '/key.json',
    watch: (given: WatchObserver) => {
      observer = given
      return () => {
        ended = true
      }
    },
  }
  const end = followCredentials(identity, tokens, log, metrics)
  observer?.reloaded()
  t.equal(state.mints, 1)
  observer?.reloadFailed('credentials file is not JSON', 'fix it')
  t.equal(state.mints, 1)
  t.match(logged(), [
    { level: INFO, file: '/key.json', msg: 'credentials changed' },
    { level: WARN, file: '/key.json', reason: 'credentials file is not JSON', hint: 'fix it' },
  ])
  const text = await metrics.text()
  for (const result of ['ok', 'error']) {
    t.match(text, `tailer_proxy_credential_reloads_total{result="${result}"} 1`)
  }
  end()
  t.ok(ended)
  tokens.stop()
})
