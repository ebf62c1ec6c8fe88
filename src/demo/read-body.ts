/** Owns reading one request's body, completely and within a limit. */
import type { ServerHttp2Stream } from 'node:http2'
import { ApiError } from './api-error.js'

/** The largest body accepted, in bytes. */
const MAX_BODY_BYTES = 1_048_576

/**
 * Throws 413 as soon as the body is larger; the rest is then read and dropped, so that the client
 * can see the response. Throws 400 if the client leaves before the body's end.
 */
export async function readBody(stream: ServerHttp2Stream): Promise<Buffer> {
  // node:http2 ends an empty body before anyone listens.
  if (stream.readableEnded && !stream.aborted) return Buffer.alloc(0)
  if (stream.destroyed) throw truncated()

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
      // A reset stream emits `end`, too.
      if (stream.aborted) reject(truncated())
      else resolve(Buffer.concat(chunks))
    })
    stream.once('close', () => {
      reject(truncated())
    })
  })
}

function truncated(): ApiError {
  return new ApiError(400, 'The body was truncated')
}
