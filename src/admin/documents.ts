/**
 * Owns the shapes of what the admin listener tells. Types alone, and nothing of Node's: the page,
 * which runs in a browser, shares them. Times are ISO 8601 unless they say otherwise.
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

/** Where the token stands; `null` stands for a time that does not come. */
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
  /** The last status that the upstream answered with, */
  readonly status: number | null
  readonly at: string | null
  /** and the last error code of ours that was about it. */
  readonly error: string | null
  readonly errorAt: string | null
}

/** A request that is over; `event: request` of `/events`. */
export interface RequestEntry {
  readonly requestId: string
  /** When it began. */
  readonly time: string
  readonly method: string
  /** Without query. */
  readonly path: string
  /** As the client saw it; 499 if it left before there was one. */
  readonly status: number
  /** Who answered. */
  readonly source: 'upstream' | 'proxy'
  readonly code: string | null
  readonly durationMs: number
  /** Of the request's body, from the client, */
  readonly bytesUp: number
  /** and of the response's, to it. */
  readonly bytesDown: number
  /** How often it went upstream. */
  readonly sent: number
  /** Whose program asked; null if that is not known. */
  readonly user: string | null
}

/** `GET /requests`: the one that ended last comes first. */
export interface RequestsDocument {
  /** Whether `/requests/ID` has more of each. */
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
  /** As UTF-8 text, as on the wire. */
  readonly body: string
  /** It was longer. */
  readonly truncated: boolean
}

/** How requests ended, as the plots tell them apart. */
export type OutcomeKind = 'ok' | 'clientError' | 'serverError' | 'proxyError' | 'clientClosed'

/** `GET /history`: the last 15 minutes in steps; each list has one number a step, oldest first. */
export interface HistoryDocument {
  readonly stepSeconds: number
  /** Unix time of the first step's beginning, in seconds. */
  readonly from: number
  /** Requests that ended, by how. */
  readonly outcomes: Readonly<Record<OutcomeKind, readonly number[]>>
  /** Milliseconds, of requests that the upstream answered; null in a step without any. */
  readonly latency: Readonly<Record<'p50' | 'p95' | 'p99', readonly (number | null)[]>>
  /** The most at once. */
  readonly inFlight: readonly number[]
  /** Errors made by the proxy; only codes that occurred. */
  readonly errors: Readonly<Record<string, readonly number[]>>
}

/** `GET /errors`: what each error means and what to do, as the README has it. */
export interface ErrorsDocument {
  readonly codes: Readonly<Record<string, ErrorHelp>>
  /** Of the upstream's own refusals, by status. */
  readonly upstream: Readonly<Record<string, ErrorHelp>>
}

export interface ErrorHelp {
  readonly meaning: string
  /** Code is between backticks. */
  readonly remedy: string
}
