import { writeSync } from 'node:fs'
import pino, { type Logger } from 'pino'
import { codeOf } from './errors.js'
import type { Failure } from './failure.js'
import { GCP_FORMAT } from './gcp-log-format.js'

/** For a reader that is slow or stuck, in milliseconds. */
const FLUSH_MS = 1_000
/** Milliseconds: nobody sees that a line is so late, and under load many go in one write. */
const GATHER_MS = 10
/** What waits for such a reader; lines beyond it are lost, rather than the memory. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024

/** Owns the log: JSON lines on stderr. That for people is `createPrettyLog`. */
export type Log = Logger

export interface LogOptions {
  level: string
  format: 'json' | 'gcp'
}

export interface OpenLog {
  readonly log: Log
  /** Writes what is still in memory, before the process ends, if somebody reads it. */
  flush(): Promise<void>
  /** Writes what is still gathered, for a process that ends in this very turn. */
  writeNow(): void
}

export function createLog({ level, format }: LogOptions): OpenLog {
  // Written behind the requests' back; what piles up in the meantime goes in one write.
  const destination = pino.destination({ dest: 2, sync: false, maxLength: MAX_WAITING_BYTES })
  let isUnread = false
  destination.on('error', (error) => {
    isUnread = codeOf(error) === 'EPIPE'
    // Nobody reads any more, or the disk is full: no reason to end; nor to stay, which pino's own
    // last flush would do until it succeeds.
    destination.flushSync = () => undefined
  })
  const gathered = new GatheredLines(destination)
  const log = pino({ level, base: null, ...(format === 'gcp' && GCP_FORMAT) }, gathered)
  const flush = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, FLUSH_MS)
      const done = (): void => {
        clearTimeout(timer)
        resolve()
      }
      destination.once('close', done).once('error', done)
      // What is told from now on finds nobody to write it, which would be an error.
      log.level = 'silent'
      gathered.pass()
      // Unlike flushSync it keeps the order of what is being written at this moment.
      destination.end()
    })
  const writeNow = (): void => {
    try {
      writeSync(2, gathered.take())
    } catch {
      // Nobody reads it.
    }
  }
  return { log, flush: () => (isUnread ? Promise.resolve() : flush()), writeNow }
}

/** Writes one line of level fatal at once, whatever the level of the log: the last of a process. */
export function writeFatal(
  format: 'json' | 'gcp',
  { exitCode, what, where, hint, stack }: Failure,
): void {
  const destination = pino.destination({ dest: 2, sync: true })
  // Nobody reads it.
  destination.on('error', () => undefined)
  const options = { level: 'fatal', base: null, ...(format === 'gcp' && GCP_FORMAT) }
  pino(options, destination).fatal({ exitCode, where, hint, stack }, what)
}

/**
 * Owns the lines of a moment, which go to the destination as one text: each write is work for
 * another thread, and all that waits is measured anew for each line that is added.
 */
class GatheredLines {
  readonly #destination: { write(text: string): unknown }
  #text = ''

  constructor(destination: { write(text: string): unknown }) {
    this.#destination = destination
  }

  write(line: string): void {
    if (this.#text === '') setTimeout(passLater, GATHER_MS, this)
    this.#text += line
  }

  take(): string {
    const text = this.#text
    this.#text = ''
    return text
  }

  pass(): void {
    const text = this.take()
    if (text !== '') this.#destination.write(text)
  }
}

function passLater(gathered: GatheredLines): void {
  gathered.pass()
}
