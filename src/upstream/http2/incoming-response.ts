import type { FlatHeaders } from '../exchange.js'
import type { ErrorName } from './error-codes.js'
import { areRegular, contentLengthOf, statusOf } from './response-fields.js'

/** How many interim responses (1xx) a request may get at once. */
const MAX_INTERIM = 32
/** One more is allowed in each interval, in milliseconds: a long job may send them for hours. */
const INTERIM_INTERVAL_MS = 250

/** A rule that a response broke: the protocol's, or a limit of ours. */
export interface Violation {
  readonly code: ErrorName
  /** For the log. */
  readonly reason: string
  /** For the client, where the server did not break the protocol. */
  readonly detail?: string
}

const malformed = (reason: string): Violation => ({ code: 'PROTOCOL_ERROR', reason })

const MALFORMED_HEADER = malformed('malformed header')
const MALFORMED_TRAILERS = malformed('malformed trailers')
const MALFORMED_LENGTH = malformed('malformed content-length')
const TOO_SHORT = malformed('less than content-length')
const TOO_LONG = malformed('more than content-length')
const NO_HEADER = malformed('DATA before HEADERS')
const TOO_MANY_INTERIM: Violation = {
  code: 'ENHANCE_YOUR_CALM',
  reason: `more than ${MAX_INTERIM} interim responses at once`,
  detail:
    `The upstream sent more than ${MAX_INTERIM} interim responses (1xx) at once, which is this ` +
    "proxy's limit. The request may have been processed.",
}

/** Owns the progress of a response, and whether it is well-formed (RFC 9113 §8.1). */
export class IncomingResponse {
  readonly #isHead: boolean
  /** The final response has begun. */
  hasBegun = false
  /** The final response's status. */
  status = 0
  /** Content bytes still to come; Infinity if their number is not known. */
  #contentLeft = Infinity
  #interims = 0
  #lastInterimMs = 0

  constructor(isHead: boolean) {
    this.#isHead = isHead
  }

  /** Content bytes still to come; Infinity if their number is not known. */
  get contentLeft(): number {
    return this.#contentLeft
  }

  /** A header section arrived; a final one begins the response. */
  receiveHeader(fields: FlatHeaders, endStream: boolean): 'final' | 'interim' | Violation {
    const status = statusOf(fields)
    if (status === 0) return MALFORMED_HEADER
    if (status < 200) return endStream ? MALFORMED_HEADER : this.#receiveInterim()
    const length = contentLengthOf(fields, status, this.#isHead)
    if (Number.isNaN(length)) return MALFORMED_LENGTH
    this.#contentLeft = length ?? Infinity
    if (endStream && this.#isShort) return TOO_SHORT
    this.hasBegun = true
    this.status = status
    return 'final'
  }

  #receiveInterim(): 'interim' | Violation {
    const nowMs = performance.now()
    const passed = (nowMs - this.#lastInterimMs) / INTERIM_INTERVAL_MS
    this.#lastInterimMs = nowMs
    this.#interims = Math.max(0, this.#interims - passed) + 1
    return this.#interims > MAX_INTERIM ? TOO_MANY_INTERIM : 'interim'
  }

  /** A DATA frame begins. */
  receiveFrame(): Violation | undefined {
    return this.hasBegun ? undefined : NO_HEADER
  }

  receiveContent(bytes: number): Violation | undefined {
    this.#contentLeft -= bytes
    return this.#contentLeft < 0 ? TOO_LONG : undefined
  }

  receiveTrailers(fields: FlatHeaders, endStream: boolean): Violation | undefined {
    return endStream && areRegular(fields, 0) ? undefined : MALFORMED_TRAILERS
  }

  /** END_STREAM came. */
  receiveEnd(): Violation | undefined {
    return this.#isShort ? TOO_SHORT : undefined
  }

  /** Not all announced content has arrived. */
  get #isShort(): boolean {
    return this.#contentLeft > 0 && this.#contentLeft !== Infinity
  }
}
