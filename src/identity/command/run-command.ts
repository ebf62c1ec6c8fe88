import { spawn, type ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { codeOf } from '../../errors.js'
import { describeCode } from '../../system-codes.js'
import { processEnvironment } from '../../settings/environment/process-environment.js'
import { MintError } from '../../token/token-source.js'
import { redact } from './redact.js'

const TIMEOUT_MS = 30_000
const MAX_OUTPUT_BYTES = 64 * 1024
/** How long to wait for pipes that a leftover child keeps open; the output is complete by then. */
const LINGER_MS = 250

/** A program and its arguments. */
export type Command = readonly [program: string, ...args: string[]]

export interface CommandRun {
  /** How errors refer to it: `the command of --exec`. */
  readonly name: string
  /** How to fix it when it fails. */
  readonly hint: string
  readonly signal: AbortSignal
  /** Finds secrets specific to this command in its error output. */
  readonly findSecrets?: (text: string) => readonly string[]
  /** Variables to add to our own or override; undefined removes one. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/**
 * Runs a program without a shell and returns what it printed: at most 30 s and 64 KiB. Stopping it
 * also stops its children; those it leaves behind after it is done are not touched.
 * @throws {MintError} with its exit code and the redacted end of its error output
 */
export async function runCommand(
  command: Command,
  { name, hint, signal, findSecrets, environment }: CommandRun,
): Promise<string> {
  const child = start(command, name, environment)
  // Attached before anything else: an unhandled error would end the process.
  const end = ended(child, name)
  end.catch(() => undefined)
  let fault: MintError | undefined
  // There are none if the process may open no more files.
  const pipes: { stdout?: Readable; stderr?: Readable } = child
  const closePipes = (): void => {
    pipes.stdout?.destroy()
    pipes.stderr?.destroy()
  }
  const stop = (what: string): void => {
    fault ??= new MintError(`${name} ${what}`, { hint })
    killGroup(child)
    closePipes()
  }
  const timer = setTimeout(stop, TIMEOUT_MS, `did not finish within ${TIMEOUT_MS / 1000} s`)
  const abort = (): void => {
    stop('was stopped')
  }
  signal.addEventListener('abort', abort)
  if (signal.aborted) abort()
  // In its own process group, it would outlive us if we exit meanwhile.
  process.on('exit', abort)

  const output = collect(pipes.stdout, () => {
    stop(`printed more than ${MAX_OUTPUT_BYTES / 1024}KiB`)
  })
  const complaint = collect(pipes.stderr, () => undefined)
  let lingering: NodeJS.Timeout | undefined
  child.once('exit', () => {
    // Not before what is in the pipes has been read, however late the timer is.
    lingering = setTimeout(setImmediate, LINGER_MS, closePipes)
  })
  try {
    const { code, killedBy } = await end
    if (fault !== undefined) throw fault
    if (code === 0) return output()
    const how = code === null ? `was killed by ${String(killedBy)}` : `exited with code ${code}`
    const text = stripVTControlCharacters(complaint())
    const said = redact(text, findSecrets?.(text))
    throw new MintError(`${name} ${how}${said === '' ? '' : `: ${said}`}`, { hint })
  } finally {
    clearTimeout(timer)
    clearTimeout(lingering)
    signal.removeEventListener('abort', abort)
    process.off('exit', abort)
  }
}

function start([program, ...args]: Command, name: string, environment: CommandRun['environment']) {
  try {
    return spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...processEnvironment(), ...environment },
      // The leader of a process group, so that the whole group can be stopped.
      detached: true,
      windowsHide: true,
    })
  } catch (error) {
    // Errors that Node throws rather than emits, such as ENOTDIR.
    throw notStarted(error, name)
  }
}

function notStarted(error: unknown, name: string): MintError {
  const code = codeOf(error) ?? 'unknown'
  const what = code === 'ENOENT' ? ' was not found' : `: ${describeCode(code)}`
  return new MintError(`${name}${what}`, {
    permanent: ['ENOENT', 'EACCES', 'ENOTDIR'].includes(code),
    hint: 'give the full path of the program, and make sure that it is executable',
  })
}

function killGroup(child: ChildProcess): void {
  child.kill('SIGKILL')
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // The whole group has exited.
  }
}

/** Returns a function that gives the text so far; what exceeds the limit is reported and dropped. */
function collect(stream: Readable | undefined, exceeded: () => void): () => string {
  const chunks: Buffer[] = []
  let length = 0
  stream?.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > MAX_OUTPUT_BYTES) exceeded()
    else chunks.push(chunk)
  })
  stream?.on('error', () => undefined)
  return () => Buffer.concat(chunks).toString('utf8')
}

function ended(
  child: ChildProcess,
  name: string,
): Promise<{ code: number | null; killedBy: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.on('close', (code, killedBy) => {
      resolve({ code, killedBy })
    })
    child.on('error', (error) => {
      reject(notStarted(error, name))
    })
  })
}
