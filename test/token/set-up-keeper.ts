/** Owns a keeper whose clock and source do as the test says. */
import { TokenKeeper } from '../../src/token/token-keeper.js'
import type { MintError } from '../../src/token/token-source.js'
import { Token } from '../../src/token/token.js'
import { ManualClock } from './manual-clock.js'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

/** Tokens are named 1, 2, 3 in their order. */
export function setUp({ lifeMs = HOUR, random = 0 } = {}) {
  const clock = new ManualClock()
  const told: string[] = []
  const state = {
    mints: 0,
    lifeMs,
    fault: undefined as MintError | undefined,
    /** Of all tokens from here on. */
    name: undefined as string | undefined,
  }
  let gate: Promise<void> | undefined
  const keeper = new TokenKeeper({
    clock,
    random: () => random,
    source: {
      async mint() {
        const name = String(++state.mints)
        await gate
        if (state.fault !== undefined) throw state.fault
        return new Token(state.name ?? name, clock.now(), clock.now() + state.lifeMs)
      },
    },
    observer: {
      minted: (token) => told.push(`minted ${token.reveal()}`),
      mintFailed: (_error, retryInMs) => told.push(`failed, again in ${retryInMs}`),
      clockJumped: (byMs) => told.push(`jumped ${byMs}`),
    },
  })
  /** Mints hang from here on until what it gives is called. */
  const hang = (): (() => void) => {
    let open: () => void = () => undefined
    gate = new Promise((resolve) => {
      open = resolve
    })
    return () => {
      gate = undefined
      open()
    }
  }
  return { clock, keeper, state, told, hang, held: () => keeper.current()?.reveal() }
}
