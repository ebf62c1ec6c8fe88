/** Owns an upstream that plays cells of the table, and counts how often it ran each request. */
import { frame, TYPE, uint32 } from '../upstream/frames.js'
import type { RawServerOptions } from '../upstream/raw-server.js'
import type { RawStream } from '../upstream/raw-stream.js'
import type { Break } from './breaks.js'
import type { Cell } from './cells.js'
import type { Client, Seen } from './client.js'
import { bytesOf } from './responses.js'
import { violationsOf } from './rules.js'

/** So much of a response is collected for a client that gets all of it or nothing. */
const COLLECTED_BYTES = 64 * 1024

/** What such a client sees of a cell. */
function collected(cell: Cell): Cell {
  const isTooMuch = bytesOf(cell.said) > COLLECTED_BYTES
  // Before the break, unless that overtakes what was said.
  const tooMuch: Break['codes'] = isTooMuch ? ['UPSTREAM_PROTOCOL'] : []
  const codes = [...tooMuch, ...cell.break.codes]
  return { ...cell, hasLeft: false, break: { ...cell.break, codes } }
}

export class Play {
  readonly #cells = new Map<string, Cell>()
  readonly #executions = new Map<string, number>()
  #tellRan: (last: RawStream) => void = () => undefined
  /** What raw servers are started with. */
  readonly server: RawServerOptions = {
    settings: { maxConcurrentStreams: 200 },
    // Of a stream's window nothing is given back, so that an upload stands still.
    credit: false,
    onRequest: (stream) => {
      this.#onRequest(stream)
    },
  }

  /** Gives the path to send a client's POST to. */
  add({ waitsForLength = false }: Client, cell: Cell): string {
    const path = `/${this.#cells.size}`
    const waits = waitsForLength && cell.said.announced === undefined
    this.#cells.set(path, waits ? collected(cell) : cell)
    return path
  }

  /** Resolves with the last request when the upstream runs all that were added. */
  get allRan(): Promise<RawStream> {
    return new Promise((resolve) => {
      this.#tellRan = resolve
    })
  }

  /** What is wrong with a request, in words; `none` if all is well. */
  violations(path: string, seen: Seen): string {
    const { said, break: breaks, hasLeft } = this.#cells.get(path)!
    const violations = violationsOf(seen, {
      executions: this.#executions.get(path) ?? 0,
      codes: breaks.codes,
      isOwnError: said.status === undefined,
      isTruncated: hasLeft,
      mayBeWhole: breaks.mayBeDropped?.(said) === true,
    })
    return violations.join(', ') || 'none'
  }

  #onRequest(stream: RawStream): void {
    const cell = this.#cells.get(stream.path)
    if (cell?.isUploading === true) {
      // For all uploads together the connection has room.
      stream.connection.send(frame(TYPE.windowUpdate, 0, 0, uint32(64 * 1024)))
      this.#run(stream, cell)
      return
    }
    void stream.ended.then(() => {
      if (cell === undefined) stream.answer()
      else this.#run(stream, cell)
    })
  }

  #run(stream: RawStream, cell: Cell): void {
    const { path } = stream
    if (!cell.isRefusal) this.#executions.set(path, (this.#executions.get(path) ?? 0) + 1)
    void cell.moment.play(stream, cell.said, () => {
      cell.break.act(stream, cell.said)
    })
    if (this.#executions.size === this.#cells.size) this.#tellRan(stream)
  }
}
