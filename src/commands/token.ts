import { EXIT, FatalError } from '../errors.js'
import { loadIdentity } from '../identity/load-identity.js'
import type { Settings } from '../settings/table.js'
import { MintError } from '../token/token-source.js'
import { usableUntil } from '../token/usable-until.js'
import { mintOnce } from './mint-once.js'

/** `tailer-proxy token [FILE]`: prints one token, nothing else. */
export async function token(settings: Settings): Promise<number> {
  const identity = loadIdentity(settings)
  try {
    const minted = await mintOnce(identity.source)
    usableUntil(minted, Date.now())
    process.stdout.write(`${minted.reveal()}\n`)
    return EXIT.ok
  } catch (error) {
    if (!(error instanceof MintError)) throw error
    throw new FatalError(error.message, {
      exitCode: error.permanent ? EXIT.credentials : EXIT.unavailable,
      where: identity.origin,
      cause: error,
      ...(error.hint !== undefined && { hint: error.hint }),
    })
  }
}
