/** Owns the error codes of RFC 9113 §7, and the error that closes a connection. */

export const ERROR = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  SETTINGS_TIMEOUT: 4,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  CONNECT_ERROR: 10,
  ENHANCE_YOUR_CALM: 11,
  INADEQUATE_SECURITY: 12,
  HTTP_1_1_REQUIRED: 13,
} as const

export type ErrorName = keyof typeof ERROR

const NAMES = Object.keys(ERROR) as ErrorName[]

/** The code's name, for logs; an unknown one's number. */
export function errorName(code: number): string {
  return NAMES[code] ?? `error ${code}`
}

/**
 * A connection error (RFC 9113 §5.4.1): the peer gets GOAWAY, and nothing more is read. `message`
 * says which rule was broken; it quotes nothing of the peer's.
 */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  readonly code: ErrorName

  constructor(code: ErrorName, message: string) {
    super(message)
    this.code = code
  }
}
