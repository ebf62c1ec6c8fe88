import { spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { codeOf } from '../errors.js'
import type { Settings } from '../settings/table.js'
import { MintError, type TokenSource } from '../token/token-source.js'
import { isBearerToken, readExpiry, Token } from '../token/token.js'
import { redact } from './redact.js'

const TIMEOUT_MS = 30_000
const MAX_OUTPUT_BYTES = 64 * 1024
/** A token that does not tell its end is asked for again after this long. */
const OPAQUE_RENEW_MS = 5 * 60_000

const HINT = 'run the command of --exec by hand: it shall print the token; see also --exec-pattern'

/** Words of the command; it is run without a shell, with our environment. */
export type Command = NonNullable<Settings['exec']>

/**
 * A command that prints a token, such as `tailer auth get-token` does below its banner.
 * @param pattern finds the token in the output: its first group
 */
export function createExecSource(command: Command, pattern: RegExp): TokenSource {
  return {
    async mint(signal) {
      const output = stripVTControlCharacters(await run(command, signal))
      const value = find(output, pattern)
      if (value === undefined || !isBearerToken(value)) {
        throw new MintError('the command of --exec printed no token', { hint: HINT })
      }
      const now = Date.now()
      const expiresAtMs = readExpiry(value)
      if (expiresAtMs !== undefined) return new Token(value, now, expiresAtMs)
      return new Token(value, now, Infinity, now + OPAQUE_RENEW_MS)
    },
  }
}

/** In the whole output or, for patterns with `^` and `$`, in one of its lines. */
function find(output: string, pattern: RegExp): string | undefined {
  const text = output.trim()
  return [text, ...text.split(/\r?\n/)].map((part) => pattern.exec(part)?.[1]).find(Boolean)
}

async function run([program, ...args]: Command, signal: AbortSignal): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true })
  let fault: MintError | undefined
  const stop = (error: MintError): void => {
    fault ??= error
    child.kill('SIGKILL')
    // A grandchild may hold the pipes open: without them nothing keeps us waiting for it.
    child.stdout.destroy()
    child.stderr.destroy()
  }
  const timer = setTimeout(() => {
    stop(new MintError(`the command of --exec did not end within ${TIMEOUT_MS / 1000} s`))
  }, TIMEOUT_MS)
  const abort = (): void => {
    stop(new MintError('the command of --exec was stopped'))
  }
  signal.addEventListener('abort', abort, { once: true })

  const output = collect(child.stdout, () => {
    stop(new MintError(`the command of --exec printed more than ${MAX_OUTPUT_BYTES / 1024}KiB`))
  })
  const complaint = collect(child.stderr, () => undefined)
  try {
    const { code, killedBy } = await ended(child)
    if (fault !== undefined) throw fault
    if (code === 0) return output()
    const how = code === null ? `ended by ${String(killedBy)}` : `ended with code ${code}`
    const said = redact(stripVTControlCharacters(complaint()))
    throw new MintError(`the command of --exec ${how}${said === '' ? '' : `: ${said}`}`, {
      hint: HINT,
    })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

/** Gives the text so far; what exceeds the limit is dropped, and told. */
function collect(stream: NodeJS.ReadableStream, exceeded: () => void): () => string {
  const chunks: Buffer[] = []
  let length = 0
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > MAX_OUTPUT_BYTES) exceeded()
    else chunks.push(chunk)
  })
  stream.on('error', () => undefined)
  return () => Buffer.concat(chunks).toString('utf8')
}

function ended(
  child: ReturnType<typeof spawn>,
): Promise<{ code: number | null; killedBy: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.on('close', (code, killedBy) => {
      resolve({ code, killedBy })
    })
    child.on('error', (error) => {
      const code = codeOf(error) ?? 'unknown'
      const missing = code === 'ENOENT'
      reject(
        new MintError(
          missing ? 'the command of --exec was not found' : `the command of --exec: ${code}`,
          {
            permanent: missing || code === 'EACCES',
            hint: 'give the full path of the program, and see that it may be executed',
          },
        ),
      )
    })
  })
}
