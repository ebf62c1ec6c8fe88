/** Owns the reading of one request's body, whole and within a limit. */
import type { ServerHttp2Stream } from 'node:http2'
import { ApiError } from './api-error.js'

/** The largest body that is read, in bytes. */
const MAX_BODY_BYTES = 1_048_576

/**
 * Throws 413 as soon as the body is larger; the rest of it is then taken and dropped, so that the
 * client gets to see the response. Throws 400 if the client goes away before the body's end.
 */
export async function readBody(stream: ServerHttp2Stream): Promise<Buffer> {
  // node:http2 lets an empty body end before anyone listens.
  if (stream.readableEnded && !stream.aborted) return Buffer.alloc(0)
  if (stream.destroyed) throw cutShort()

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
    stream.once('end', () => {
      // A reset stream ends too.
      if (stream.aborted) reject(cutShort())
      else resolve(Buffer.concat(chunks))
    })
    stream.once('close', () => {
      reject(cutShort())
    })
  })
}

function cutShort(): ApiError {
  return new ApiError(400, 'The body was truncated')
}
