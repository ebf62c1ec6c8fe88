import type { ProxyErrorCode } from '../errors.js'
import type { Outcome, TrafficObserver } from '../proxy/traffic.js'
import type { LastUpstreamStatus } from './documents.js'

/** Owns the upstream's last response, and the last error about it. */
export class LastUpstream implements TrafficObserver {
  #status: number | null = null
  #atMs = 0
  #error: ProxyErrorCode | null = null
  #errorAtMs = 0

  onOutcome({ source, status, code }: Outcome): void {
    if (source === 'upstream') {
      this.#status = status
      this.#atMs = Date.now()
    }
    if (code !== undefined && isAboutUpstream(code)) this.failed(code)
  }

  onReplay(): void {
    // The outcome follows.
  }

  /** Also called without a request, for a connection that could not be opened. */
  failed(code: ProxyErrorCode): void {
    this.#error = code
    this.#errorAtMs = Date.now()
  }

  read(): LastUpstreamStatus {
    return {
      status: this.#status,
      at: this.#status === null ? null : new Date(this.#atMs).toISOString(),
      error: this.#error,
      errorAt: this.#error === null ? null : new Date(this.#errorAtMs).toISOString(),
    }
  }
}

function isAboutUpstream(code: ProxyErrorCode | 'CLIENT_CLOSED'): code is ProxyErrorCode {
  return code.startsWith('UPSTREAM_')
}
