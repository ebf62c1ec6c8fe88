import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Inspector } from '../../proxy/inspector.js'
import type { Outcome } from '../../proxy/traffic.js'
import type { Token } from '../../token/token.js'
import type { RequestDetail } from '../documents.js'
import { Inspection } from './inspection.js'
import { Redaction } from './redaction.js'

const MAX_KEPT = 100

const kInspection = Symbol('inspection')
type Inspected = IncomingMessage & { [kInspection]?: Inspection }

/** Owns the last requests with their headers and bodies (`--inspect`), only in memory. */
export class RequestInspector implements Inspector {
  readonly #redaction: Redaction
  /** Newest last. */
  readonly #kept: Inspection[] = []

  /** @param requiredHeader name of the header with the local shared secret, in lower case */
  constructor(requiredHeader: string | undefined) {
    this.#redaction = new Redaction(requiredHeader)
  }

  /** A token was minted. */
  onToken(token: Token): void {
    this.#redaction.learn(token.reveal())
  }

  begin(request: Inspected, response: ServerResponse): void {
    request[kInspection] = new Inspection(this.#redaction, request, response)
  }

  end(request: Inspected, outcome: Outcome): void {
    const inspection = request[kInspection]
    if (inspection === undefined) return
    inspection.end(outcome)
    this.#kept.push(inspection)
    if (this.#kept.length > MAX_KEPT) this.#kept.shift()
  }

  /** The newest with that id; undefined if none is kept. */
  find(requestId: string): RequestDetail | undefined {
    return this.#kept.findLast((inspection) => inspection.requestId === requestId)?.read()
  }
}
