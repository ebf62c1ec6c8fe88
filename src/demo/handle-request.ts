/**
 * Owns the order in which a request is checked: the bearer token first, then path, method and body.
 * It returns every response, refusals too, as a value.
 */
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { ApiError } from './api-error.js'
import { readBody } from './read-body.js'
import { findCall } from './tailer-calls.js'
import type { TailerState } from './tailer-state.js'
import type { BearerVerifier } from './verify-bearer.js'

export interface ApiResponse {
  status: number
  /** Sent as JSON. */
  body: object
  headers?: OutgoingHttpHeaders
}

export interface RequestParts {
  verifyBearer: BearerVerifier
  state: TailerState
}

/** Never throws. */
export async function handleRequest(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { verifyBearer, state }: RequestParts,
): Promise<ApiResponse> {
  try {
    const verdict = await verifyBearer(headers)
    if (!verdict.ok) return UNAUTHORIZED

    const method = headers[':method']
    const path = headers[':path']?.split('?', 1)[0] ?? ''
    if (path === '/')
      return method === 'GET' || method === 'HEAD' ? BANNER : notAllowed('GET, HEAD')
    const call = findCall(path)
    if (!call) return NOT_FOUND
    if (method !== 'POST') return notAllowed('POST')
    return { status: 200, body: call(await readBody(stream), state) }
  } catch (error) {
    if (!(error instanceof ApiError)) return INTERNAL_ERROR
    return { status: error.status, body: { message: error.message } }
  }
}

const BANNER: ApiResponse = { status: 200, body: { message: 'Tailer API' } }
const NOT_FOUND: ApiResponse = { status: 404, body: { message: 'Not Found' } }
const INTERNAL_ERROR: ApiResponse = { status: 500, body: { message: 'Internal Server Error' } }
const UNAUTHORIZED: ApiResponse = {
  status: 401,
  body: { message: 'Unauthorized' },
  headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
}

function notAllowed(allow: string): ApiResponse {
  return { status: 405, body: { message: 'Method Not Allowed' }, headers: { allow } }
}
