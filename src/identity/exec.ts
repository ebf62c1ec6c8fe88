import { stripVTControlCharacters } from 'node:util'
import { runInNewContext } from 'node:vm'
import { codeOf } from '../errors.js'
import { MintError, type TokenSource } from '../token/token-source.js'
import { isBearerToken, readExpiry, Token } from '../token/token.js'
import { type Command, runCommand } from './command/run-command.js'

/** A token without a readable expiry is replaced after this long. */
const OPAQUE_RENEW_MS = 5 * 60_000

/** CPU time to match the whole output, in milliseconds; a sane pattern takes less than one. */
const MATCH_MS = 250
/** How many times to try on a machine too busy to give it that much CPU time. */
const MAX_TRIES = 20

const NAME = 'the command of --exec'
const HINT = 'run the command of --exec by hand: it must print the token; see also --exec-pattern'

/**
 * A command that prints a token, such as `tailer auth get-token`, which prints it below a banner.
 * @param pattern finds the token in the output: its first group
 */
export function createExecSource(command: Command, pattern: RegExp): TokenSource {
  return {
    async mint(signal) {
      const findSecrets = (text: string): string[] => find(text, pattern)
      const printed = await runCommand(command, { name: NAME, hint: HINT, signal, findSecrets })
      const [value] = find(stripVTControlCharacters(printed), pattern)
      if (value === undefined || !isBearerToken(value)) {
        throw new MintError(`${NAME} printed no token`, { hint: HINT })
      }
      const now = Date.now()
      const expiresAtMs = readExpiry(value, now)
      if (expiresAtMs !== undefined) return new Token(value, now, expiresAtMs)
      return new Token(value, now, Infinity, now + OPAQUE_RENEW_MS)
    },
  }
}

/**
 * All matches in the whole output or, for patterns with `^` and `$`, in one of its lines. A pattern
 * that backtracks forever is stopped: nothing else runs meanwhile.
 * @throws {MintError}
 */
function find(output: string, pattern: RegExp): string[] {
  const text = output.trim()
  const parts = [text, ...text.split(/\r?\n/)]
  const startedMs = cpuMs()
  for (let tries = 1; ; tries++) {
    try {
      return runInNewContext(
        'parts.map((part) => pattern.exec(part)?.[1]).filter(Boolean)',
        { parts, pattern },
        { timeout: MATCH_MS },
      ) as string[]
    } catch (error) {
      if (codeOf(error) !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
      // That limit is wall-clock time: a process that had to wait meanwhile did not use it.
      if (cpuMs() - startedMs < MATCH_MS / 2 && tries < MAX_TRIES) continue
      throw new MintError(`--exec-pattern takes too long on what the command printed`, {
        hint: 'it backtracks too much: avoid repetitions within repetitions, like (a+)+',
      })
    }
  }
}

/** CPU time used by this process, in milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
