/** Owns the reading of one request's body, whole and within a limit. */
import type { ServerHttp2Stream } from 'node:http2'
import { ApiError } from './api-error.js'

/** The largest body that is read, in bytes. */
export const MAX_BODY_BYTES = 1_048_576

/**
 * Throws 413 as soon as the body is larger; the rest of it is then taken and dropped, so that the
 * client gets to see the answer. Throws 400 if the client goes away before the body's end.
 */
export function readBody(stream: ServerHttp2Stream): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= MAX_BODY_BYTES) {
        chunks.push(chunk)
      } else {
        chunks.length = 0
        reject(new ApiError(413, `The body is larger than ${MAX_BODY_BYTES} bytes`))
      }
    })
    stream.once('aborted', () => {
      reject(new ApiError(400, 'The body was cut short'))
    })
    stream.once('end', () => {
      resolve(Buffer.concat(chunks))
    })
  })
}
