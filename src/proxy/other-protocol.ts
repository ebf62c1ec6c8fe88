/**
 * Owns how a client that does not speak HTTP/1 on the plain port is treated: it is told in its own
 * protocol where possible, and the log names that protocol.
 */

export type OtherProtocol = 'HTTP/2' | 'TLS'

/** RFC 9113 §3.4. */
const PREFACE = 'PRI * HTTP/2.0'
/** RFC 8446 §5.1: a record of type handshake, legacy version 3.x. */
const TLS_HANDSHAKE = 22
const TLS_MAJOR_VERSION = 3

/** An empty SETTINGS frame, then GOAWAY: no stream was processed, HTTP_1_1_REQUIRED (RFC 9113 §7). */
export const HTTP_1_1_REQUIRED: Buffer = Buffer.from([
  ...[0, 0, 0, 4, 0, 0, 0, 0, 0],
  ...[0, 0, 8, 7, 0, 0, 0, 0, 0],
  ...[0, 0, 0, 0, 0, 0, 0, 0x0d],
])

/** @param error from Node's parser, with the bytes it could not read */
export function otherProtocolOf(error: Error & { rawPacket?: Buffer }): OtherProtocol | undefined {
  const { rawPacket: bytes } = error
  if (bytes === undefined) return undefined
  if (bytes.toString('latin1', 0, PREFACE.length) === PREFACE) return 'HTTP/2'
  return bytes[0] === TLS_HANDSHAKE && bytes[1] === TLS_MAJOR_VERSION ? 'TLS' : undefined
}
