/** Owns what of a response the upstream says before it breaks, and how that is spread over time. */
import type { Fields } from '../upstream/hpack.js'
import type { RawStream } from '../upstream/raw-stream.js'

const KIB = 1024

/** The part of a response that is said before the break. */
export interface Said {
  readonly name: string
  /** Undefined: no HEADERS at all. */
  readonly status?: number
  readonly fields: Fields
  readonly parts: readonly Buffer[]
  /** By `content-length`. */
  readonly announced?: number
}

const TEXT: Fields = [['content-type', 'text/plain']]

function announcing(announced: number, said: readonly number[], status = 200): Said {
  const bytes = said.reduce((sum, part) => sum + part, 0)
  const what = bytes === 0 ? 'none' : bytes === announced ? 'all' : String(bytes)
  return {
    name: announced === 0 ? 'content-length: 0' : `${what} of content-length: ${announced}`,
    status,
    fields: [...TEXT, ['content-length', String(announced)]],
    parts: said.map((size) => Buffer.alloc(size, 'x')),
    announced,
  }
}

export const NOTHING: Said = { name: 'nothing', fields: [], parts: [] }

export const SAID: readonly Said[] = [
  NOTHING,
  announcing(0, []),
  announcing(3, []),
  announcing(3, [1, 1]),
  announcing(3, [1, 1, 1]),
  announcing(40 * KIB, [16 * KIB, 4 * KIB]),
  announcing(40 * KIB, [16 * KIB, 16 * KIB, 8 * KIB]),
  // More than the proxy gathers in one turn of the event loop: it is begun within it.
  {
    name: '64 KiB and a byte without content-length',
    status: 200,
    fields: TEXT,
    parts: [...Array<Buffer>(4).fill(Buffer.alloc(16 * KIB, 'x')), Buffer.from('x')],
  },
  { name: 'a header without content-length', status: 200, fields: TEXT, parts: [] },
  {
    name: '2 bytes without content-length',
    status: 200,
    fields: TEXT,
    parts: [Buffer.from('o'), Buffer.from('k')],
  },
  {
    name: '20 KiB without content-length',
    status: 200,
    fields: TEXT,
    parts: [Buffer.alloc(16 * KIB, 'x'), Buffer.alloc(4 * KIB, 'x')],
  },
  {
    name: 'an event',
    status: 200,
    fields: [['content-type', 'text/event-stream']],
    parts: [Buffer.from('data: 1\n\n')],
  },
  { name: 'the header of a 204', status: 204, fields: [], parts: [] },
]

export const bytesOf = ({ parts }: Said): number =>
  parts.reduce((sum, part) => sum + part.length, 0)

/** All that was announced was said: only END_STREAM is missing. */
export const isAllSaid = (said: Said): boolean =>
  said.status === 204 || said.announced === bytesOf(said)

/** What would be whole for the client waits for the upstream's word that it is. */
export const hasLeft = (said: Said): boolean => said.status !== undefined && !isAllSaid(said)

/** When the break comes. */
export interface Moment {
  readonly name: string
  readonly fits: (said: Said) => boolean
  /** A byte of the response must be with the client by then. */
  readonly hasLeft: (said: Said) => boolean
  readonly play: (stream: RawStream, said: Said, act: () => void) => Promise<void>
}

function header(stream: RawStream, { status, fields }: Said): void {
  if (status !== undefined) stream.headers(status, fields)
}

function inOneWrite(stream: RawStream, say: () => void): void {
  const { socket } = stream.connection
  socket.cork()
  say()
  socket.uncork()
}

/**
 * Resolves when the proxy has passed on what was said: it has read it when it answers the first
 * PING, and the turn in which it read it is over when it answers the second.
 */
export async function passedOn({ connection }: RawStream): Promise<void> {
  await connection.ping()
  await connection.ping()
}

const hasParts = ({ parts }: Said): boolean => parts.length > 0

export const MOMENTS: readonly Moment[] = [
  {
    name: 'in one write',
    fits: () => true,
    hasLeft: () => false,
    play: (stream, said, act) => {
      inOneWrite(stream, () => {
        header(stream, said)
        for (const part of said.parts) stream.data(part)
        act()
      })
      return Promise.resolve()
    },
  },
  {
    name: 'once that is passed on',
    fits: () => true,
    hasLeft,
    play: async (stream, said, act) => {
      inOneWrite(stream, () => {
        header(stream, said)
        for (const part of said.parts) stream.data(part)
      })
      await passedOn(stream)
      act()
    },
  },
  {
    name: 'with the body, once the header is passed on',
    fits: hasParts,
    hasLeft: () => true,
    play: async (stream, said, act) => {
      header(stream, said)
      await passedOn(stream)
      inOneWrite(stream, () => {
        for (const part of said.parts) stream.data(part)
        act()
      })
    },
  },
  {
    name: 'once each frame is passed on',
    fits: hasParts,
    hasLeft: () => true,
    play: async (stream, said, act) => {
      header(stream, said)
      await passedOn(stream)
      for (const part of said.parts) {
        stream.data(part)
        await passedOn(stream)
      }
      act()
    },
  },
]
