/**
 * Owns writing log lines to stderr. A stalled reader (a pipe that nobody reads, a terminal after
 * Ctrl-S) may cost lines, but must hold up neither requests nor the exit of the process: no write
 * blocks, neither this thread nor one of libuv's pool, which would delay the exit.
 */
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { codeOf } from '../errors.js'

/** In milliseconds: nobody notices this delay, and under load many lines go in one write. */
const GATHER_MS = 10
/** How often a stalled reader is retried, in milliseconds. */
const RETRY_MS = 50
/** How long to wait for one at exit, in milliseconds. */
const FLUSH_MS = 1_000
/** The most that is buffered for it; further lines are lost. */
const MAX_WAITING_BYTES = 1024 * 1024

export class LineSink {
  readonly #descriptor: number
  /** Recent lines, to go in one write. */
  #gathered = ''
  #waiting: Buffer = Buffer.alloc(0)
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  /** @param descriptor from `openForLines` */
  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  write(line: string): void {
    if (this.#isClosed) return
    this.#gathered += line
    this.#timer ??= setTimeout(passLater, GATHER_MS, this)
  }

  /** Writes as much as the reader takes now. */
  pass(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#gathered !== '') {
      const isRoom = this.#waiting.length + this.#gathered.length <= MAX_WAITING_BYTES
      if (isRoom) this.#waiting = Buffer.concat([this.#waiting, Buffer.from(this.#gathered)])
      this.#gathered = ''
    }
    try {
      while (this.#waiting.length > 0) {
        this.#waiting = this.#waiting.subarray(writeSync(this.#descriptor, this.#waiting))
      }
    } catch (error) {
      // Any other error is permanent (the reader is gone), or about these lines (the disk is full).
      if (codeOf(error) !== 'EAGAIN') this.#waiting = Buffer.alloc(0)
      else this.#timer = setTimeout(passLater, RETRY_MS, this).unref()
    }
  }

  /** Writes everything, if the reader takes it within a second; drops later lines. */
  async close(): Promise<void> {
    this.#isClosed = true
    const deadline = performance.now() + FLUSH_MS
    this.pass()
    while (this.#waiting.length > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS / 5))
      this.pass()
    }
  }
}

function passLater(sink: LineSink): void {
  sink.pass()
}

/**
 * Returns a descriptor of stderr's file on which writes do not block. If possible it is a separate
 * one: whoever shares stderr would get EAGAIN, too.
 * @param isShared with a program that must not; a socket is then left as it is
 */
export function openForLines(isShared: boolean): number {
  const stats = fstatSync(2)
  if (stats.isFile()) return 2
  try {
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants
    const own = openSync('/proc/self/fd/2', O_WRONLY | O_NONBLOCK | O_NOCTTY)
    if (fstatSync(own).ino === stats.ino) return own
    closeSync(own)
  } catch {
    // A socket, another user's terminal, or a system without /proc.
  }
  if (!isShared && (stats.isSocket() || stats.isFIFO())) {
    // libuv makes it non-blocking; nothing is written through it.
    new Socket({ fd: 2, readable: false, writable: true }).on('error', () => undefined).unref()
  }
  return 2
}
