import type { RequestHead } from '../exchange.js'
import type { FrameWriter } from './frame-writer.js'
import { type HpackEncoder, type Indexing, maxFieldBytes } from './hpack-encoder.js'

/** Room for the pseudo-header fields without path and authority, and a table size update. */
const PSEUDO_BYTES = 128

/**
 * How fields are indexed; all others are once they repeat. The bearer token is indexed although it
 * is a secret: RFC 7541 §7.1 warns of attackers who can send fields in the same context and see how
 * well they compress. A local one can do the first, but only a complete value matches, and a signed
 * token cannot be guessed. Nobody else's `authorization` is ever sent. It saves some 780 bytes, and
 * the time to encode them, with each request. Cookies may be short enough to guess.
 */
const INDEXING: ReadonlyMap<string, Indexing> = new Map([
  ['authorization', 'always'],
  ['x-serverless-authorization', 'always'],
  ['cookie', 'never'],
])

/** Writes a request's header block into `frames` (RFC 9113 §8.3.1), as its HEADERS frame. */
export function writeRequestBlock(
  frames: FrameWriter,
  encoder: HpackEncoder,
  streamId: number,
  { method, path, headers, body }: RequestHead,
  authority: string,
  maxFrame: number,
): void {
  let most = PSEUDO_BYTES + method.length + path.length + authority.length
  for (let i = 0; i < headers.length; i += 2) {
    most += maxFieldBytes(headers[i] as string, headers[i + 1] as string)
  }
  frames.beginBlock(most)
  const { slab, blockStart } = frames
  let at = encoder.begin(slab, blockStart)
  at = encoder.write(slab, at, ':method', method, 'repeated')
  at = encoder.write(slab, at, ':scheme', 'https', 'always')
  at = encoder.write(slab, at, ':authority', authority, 'always')
  at = encoder.write(slab, at, ':path', path, 'repeated')
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    at = encoder.write(slab, at, name, headers[i + 1] as string, INDEXING.get(name) ?? 'repeated')
  }
  frames.endBlock(streamId, at, maxFrame, body === null)
}
