/** Owns the numbers of HTTP/2's frames (RFC 9113 §4.1 and §6). */

/** Of every frame: length (3), type (1), flags (1), stream id (4). */
export const FRAME_HEADER_BYTES = 9

export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const

export const FLAG = {
  ACK: 0x1,
  END_STREAM: 0x1,
  END_HEADERS: 0x4,
  PADDED: 0x8,
  PRIORITY: 0x20,
} as const

/** RFC 9113 §6.5.2. */
export const SETTING = {
  HEADER_TABLE_SIZE: 1,
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
  MAX_HEADER_LIST_SIZE: 6,
} as const

/** The client's connection preface (RFC 9113 §3.4). */
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

/** Defaults until SETTINGS change them, in bytes. */
export const DEFAULT_WINDOW = 65_535
export const DEFAULT_MAX_FRAME = 16_384
/** The largest window (RFC 9113 §6.9.1), and the largest stream id. */
export const MAX_31_BIT = 2 ** 31 - 1
/** The largest frame size that a peer may allow (RFC 9113 §4.2). */
export const LARGEST_MAX_FRAME = 2 ** 24 - 1
