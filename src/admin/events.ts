import type { ServerResponse } from 'node:http'
import type { Outcome, TrafficObserver } from '../proxy/traffic.js'
import type { StatusDocument } from './documents.js'
import { entryOf } from './recent-requests.js'

/** Nobody watches more pages than this. */
const MAX_LISTENERS = 16
/** How often listeners get new requests, in milliseconds. */
const TICK_MS = 100
/** They get the status once in this many ticks: once a second. */
const STATUS_TICKS = 10
/** A listener that reads nothing for five seconds is disconnected. */
const MAX_BLOCKED_TICKS = 50
/** What each listener may get per tick; further requests are dropped, to bound the memory. */
const MAX_BATCH_BYTES = 256 * 1024
/** How soon a browser reconnects, in milliseconds. */
const RETRY_MS = 1_000

interface Listener {
  readonly response: ServerResponse
  /** The status last sent to it, without what changes by itself. */
  knownStatus: string
  /** Ticks since it stopped reading; 0 while it reads. */
  blockedTicks: number
}

/**
 * Owns `GET /events` (server-sent events, HTML Standard §9.2): listeners get requests and the
 * status. Nobody is waited for: a listener that does not read loses events.
 */
export class Events implements TrafficObserver {
  readonly #status: () => StatusDocument
  readonly #listeners: Listener[] = []
  #outcomes: Outcome[] = []
  #ticker: NodeJS.Timeout | undefined
  #ticks = 0

  constructor(status: () => StatusDocument) {
    this.#status = status
  }

  get isFull(): boolean {
    return this.#listeners.length >= MAX_LISTENERS
  }

  /** Responds to a request with events from now on; only if not full. */
  add(response: ServerResponse): void {
    const status = this.#status()
    const listener = { response, knownStatus: comparable(status), blockedTicks: 0 }
    this.#listeners.push(listener)
    response.once('close', () => {
      this.#remove(listener)
    })
    response.on('drain', () => {
      listener.blockedTicks = 0
    })
    this.#ticker ??= setInterval(() => {
      this.#tick()
    }, TICK_MS).unref()
    write(listener, `retry: ${RETRY_MS}\n\n${eventOf('status', status)}`)
  }

  onOutcome(outcome: Outcome): void {
    if (this.#listeners.length > 0) this.#outcomes.push(outcome)
  }

  onReplay(): void {
    // The outcome says how many times it was sent.
  }

  #tick(): void {
    const requests = this.#batch()
    this.#ticks = (this.#ticks + 1) % STATUS_TICKS
    const status = this.#ticks === 0 ? this.#status() : undefined
    const compared = status && comparable(status)
    const told = status && eventOf('status', status)
    for (const listener of this.#listeners) {
      if (listener.blockedTicks > 0) {
        if (++listener.blockedTicks > MAX_BLOCKED_TICKS) listener.response.destroy()
        continue
      }
      let text = requests
      if (compared !== undefined && listener.knownStatus !== compared) {
        listener.knownStatus = compared
        text += told ?? ''
      }
      if (text !== '') write(listener, text)
    }
  }

  /** The requests since the last tick, as events. */
  #batch(): string {
    const outcomes = this.#outcomes
    if (outcomes.length === 0) return ''
    this.#outcomes = []
    let text = ''
    for (const outcome of outcomes) {
      text += eventOf('request', entryOf(outcome))
      if (text.length > MAX_BATCH_BYTES) break
    }
    return text
  }

  #remove(listener: Listener): void {
    this.#listeners.splice(this.#listeners.indexOf(listener), 1)
    if (this.#listeners.length > 0) return
    clearInterval(this.#ticker)
    this.#ticker = undefined
    this.#outcomes = []
  }
}

function write(listener: Listener, text: string): void {
  if (!listener.response.write(text)) listener.blockedTicks = 1
}

/** JSON.stringify emits no line breaks, so one `data` line holds it. */
function eventOf(name: string, document: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(document)}\n\n`
}

/** The part of a status whose change is worth an event: not the passage of time. */
function comparable(status: StatusDocument): string {
  const token = { ...status.token, expiresInSeconds: null }
  return JSON.stringify({ ...status, uptimeSeconds: 0, token })
}
