import type { TokenSource } from '../token/token-source.js'
import type { Token } from '../token/token.js'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * Mints one token, for a command that then exits. A signal stops what was started for it: the
 * program of `--exec` is not in a process group that a terminal could interrupt.
 * @throws {MintError}
 */
export async function mintOnce(source: TokenSource): Promise<Token> {
  const abandon = new AbortController()
  const stop = (): void => {
    abandon.abort()
  }
  for (const signal of SIGNALS) process.on(signal, stop)
  try {
    return await source.mint(abandon.signal)
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop)
  }
}
