/**
 * Owns the shapes of the admin listener's documents. Types only, nothing of Node's: the page, which
 * runs in a browser, shares them. Times are ISO 8601 unless noted.
 */

/** `GET /status`, and `event: status` of `/events`. */
export interface StatusDocument {
  readonly version: string
  readonly pid: number
  readonly uptimeSeconds: number
  readonly listen: string | null
  readonly upstream: string
  readonly identity: {
    readonly kind: string
    readonly email: string | null
    readonly tokenType: string
    readonly audience: string
  }
  readonly token: TokenStatus
  readonly upstreamConnections: number
  readonly lastUpstream: LastUpstreamStatus
  /** In words; null once a token was minted after it. */
  readonly lastMintError: string | null
  readonly requests: {
    readonly total: number
    readonly inFlight: number
    /** The proxy's own 5xx responses. */
    readonly errors: number
  }
}

/** The token's state; `null` stands for a time that never comes. */
export interface TokenStatus {
  readonly state: 'valid' | 'renewing' | 'none'
  readonly issuedAt: string | null
  readonly expiresAt: string | null
  readonly expiresInSeconds: number | null
  /** The first 12 hex digits of its SHA-256. */
  readonly fingerprint: string | null
}

/** Null before the first of its kind. */
export interface LastUpstreamStatus {
  /** The upstream's last status. */
  readonly status: number | null
  readonly at: string | null
  /** Our last error code about it. */
  readonly error: string | null
  readonly errorAt: string | null
}

/** A finished request; `event: request` of `/events`. */
export interface RequestEntry {
  readonly requestId: string
  /** When it began. */
  readonly time: string
  readonly method: string
  /** Without query. */
  readonly path: string
  /** As the client saw it; 499 if it left before there was one. */
  readonly status: number
  /** Who responded. */
  readonly source: 'upstream' | 'proxy'
  readonly code: string | null
  readonly durationMs: number
  /** Body bytes from the client. */
  readonly bytesUp: number
  /** Content bytes to the client. */
  readonly bytesDown: number
  /** How many times it was sent upstream. */
  readonly sent: number
  /** The user whose program called; null if unknown. */
  readonly user: string | null
}

/** `GET /requests`: latest first. */
export interface RequestsDocument {
  /** Whether `/requests/ID` has details. */
  readonly inspect: boolean
  readonly requests: readonly RequestEntry[]
}

/** `GET /requests/ID`, with `--inspect`. */
export interface RequestDetail extends RequestEntry {
  /** With query. */
  readonly target: string
  readonly request: MessageDetail
  readonly response: MessageDetail
}

export interface MessageDetail {
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** UTF-8 text, as on the wire. */
  readonly body: string
  /** The body was longer. */
  readonly truncated: boolean
}

/** How requests ended, as distinguished in the plots. */
export type OutcomeKind = 'ok' | 'clientError' | 'serverError' | 'proxyError' | 'clientClosed'

/** `GET /history`: the last 15 minutes in steps; each list has one number per step, oldest first. */
export interface HistoryDocument {
  readonly stepSeconds: number
  /** Unix time of the start of the first step, in seconds. */
  readonly from: number
  /** Requests that ended, by how. */
  readonly outcomes: Readonly<Record<OutcomeKind, readonly number[]>>
  /** Of requests with a response from the upstream, in milliseconds; null in a step without any. */
  readonly latency: Readonly<Record<'p50' | 'p95' | 'p99', readonly (number | null)[]>>
  /** The maximum in each step. */
  readonly inFlight: readonly number[]
  /** The proxy's own errors; only codes that occurred. */
  readonly errors: Readonly<Record<string, readonly number[]>>
}

/** `GET /errors`: what each error means and what to do, as in the README. */
export interface ErrorsDocument {
  readonly codes: Readonly<Record<string, ErrorHelp>>
  /** The upstream's own refusals, by status. */
  readonly upstream: Readonly<Record<string, ErrorHelp>>
}

export interface ErrorHelp {
  readonly meaning: string
  /** Code is in backticks. */
  readonly remedy: string
}
