import type {
  ErrorsDocument,
  HistoryDocument,
  RequestDetail,
  RequestEntry,
  RequestsDocument,
  StatusDocument,
} from '../admin/documents.js'
import { type Call, callOf } from './call.js'

/** The most that are shown, and that the proxy keeps. */
const MAX_REQUESTS = 500
/** How many requests `--inspect` keeps in full. */
const MAX_INSPECTED = 100
const HISTORY_MS = 5_000
const RETRY_MS = 1_000

/** A request on the page. Ids may repeat: clients choose them. */
export interface Row {
  readonly key: number
  readonly entry: RequestEntry
  /** What the call does, once known; only with `--inspect`. */
  readonly call: Call | undefined
}

export interface Feed {
  readonly status: StatusDocument | undefined
  /** When that status arrived, in monotonic milliseconds. */
  readonly statusAtMs: number
  /** When the proxy fell silent, by the wall clock; undefined while it responds. */
  readonly lostAtMs: number | undefined
  /** The proxy responds, but it has no room for another listener. */
  readonly isFull: boolean
  readonly inspect: boolean
  /** Latest first. */
  readonly rows: readonly Row[]
  readonly history: HistoryDocument | undefined
  readonly errors: ErrorsDocument
}

const NOTHING: Feed = {
  status: undefined,
  statusAtMs: 0,
  lostAtMs: undefined,
  isFull: false,
  inspect: false,
  rows: [],
  history: undefined,
  errors: { codes: {}, upstream: {} },
}

/**
 * Owns the page's data from the proxy: it listens, fetches, and reconnects by itself when the proxy
 * was away. Each new state is passed to `show`.
 */
export class FeedReader {
  readonly #show: (feed: Feed) => void
  #feed = NOTHING
  #events: EventSource | undefined
  #nextKey = 0
  /** Entries that arrived while the list was loading; undefined once it is loaded. */
  #early: RequestEntry[] | undefined
  /** Rows whose body has not been read yet, newest last. */
  #uninspected: Row[] = []
  #isInspecting = false

  constructor(show: (feed: Feed) => void) {
    this.#show = show
  }

  start(): void {
    this.#connect()
    setInterval(() => {
      void this.#readHistory()
    }, HISTORY_MS)
    document.addEventListener('visibilitychange', () => {
      void this.#readHistory()
    })
  }

  #connect(): void {
    const events = new EventSource('/events')
    this.#events = events
    this.#early = []
    events.addEventListener('open', () => {
      this.#set({ lostAtMs: undefined, isFull: false })
      void this.#readAll()
    })
    events.addEventListener('status', ({ data }: MessageEvent<string>) => {
      this.#onStatus(JSON.parse(data) as StatusDocument)
    })
    events.addEventListener('request', ({ data }: MessageEvent<string>) => {
      this.#onRequest(JSON.parse(data) as RequestEntry)
    })
    events.addEventListener('error', () => {
      events.close()
      void this.#onLost()
    })
  }

  /** Browsers do not say why: the proxy is gone, or it has no room for this page. */
  async #onLost(): Promise<void> {
    const status = await read<StatusDocument>('/status')
    if (status !== undefined) this.#onStatus(status)
    const lostAtMs = this.#feed.lostAtMs ?? Date.now()
    this.#set(
      status === undefined ? { lostAtMs, isFull: false } : { lostAtMs: undefined, isFull: true },
    )
    setTimeout(() => {
      this.#connect()
    }, RETRY_MS)
  }

  #onStatus(status: StatusDocument): void {
    this.#set({ status, statusAtMs: performance.now() })
  }

  async #readAll(): Promise<void> {
    const [list, errors] = await Promise.all([
      read<RequestsDocument>(`/requests?limit=${MAX_REQUESTS}`),
      read<ErrorsDocument>('/errors'),
      this.#readHistory(),
    ])
    const early = this.#early ?? []
    this.#early = undefined
    if (errors !== undefined) this.#set({ errors })
    if (list === undefined) return
    this.#set({ inspect: list.inspect })
    // Some may be in both, and some already on the page.
    const known = new Set(this.#feed.rows.map(({ entry }) => identify(entry)))
    const fresh: RequestEntry[] = []
    for (const entry of [...list.requests.toReversed(), ...early]) {
      const id = identify(entry)
      if (!known.has(id)) fresh.push(entry)
      known.add(id)
    }
    this.#add(fresh)
  }

  async #readHistory(): Promise<void> {
    if (document.hidden || this.#events?.readyState !== EventSource.OPEN) return
    const history = await read<HistoryDocument>('/history')
    if (history !== undefined) this.#set({ history })
  }

  #onRequest(entry: RequestEntry): void {
    if (this.#early === undefined) this.#add([entry])
    else this.#early.push(entry)
  }

  /** @param entries in the order in which they ended */
  #add(entries: readonly RequestEntry[]): void {
    if (entries.length === 0) return
    const added = entries.map((entry): Row => ({ key: this.#nextKey++, entry, call: undefined }))
    this.#set({ rows: [...added.toReversed(), ...this.#feed.rows].slice(0, MAX_REQUESTS) })
    if (!this.#feed.inspect) return
    this.#uninspected = [...this.#uninspected, ...added].slice(-MAX_INSPECTED)
    void this.#inspect()
  }

  /** Reads bodies to find out what the calls do, one at a time, newest first. */
  async #inspect(): Promise<void> {
    if (this.#isInspecting) return
    this.#isInspecting = true
    for (let row = this.#uninspected.pop(); row !== undefined; row = this.#uninspected.pop()) {
      const { key, entry } = row
      if (entry.bytesUp === 0) continue
      const detail = await readDetail(entry)
      const call = detail && callOf(detail.request.body)
      if (call === undefined) continue
      this.#set({
        rows: this.#feed.rows.map((known) => (known.key === key ? { ...known, call } : known)),
      })
    }
    this.#isInspecting = false
  }

  #set(change: Partial<Feed>): void {
    this.#feed = { ...this.#feed, ...change }
    this.#show(this.#feed)
  }
}

/** Everything that is kept of a request; undefined if nothing is, or no longer. */
export async function readDetail(entry: RequestEntry): Promise<RequestDetail | undefined> {
  const detail = await read<RequestDetail>(`/requests/${encodeURIComponent(entry.requestId)}`)
  // Another with the same id may have arrived since.
  return detail && identify(detail) === identify(entry) ? detail : undefined
}

/** Undefined if the proxy is away, or has no such document. */
async function read<Document>(path: string): Promise<Document | undefined> {
  try {
    const response = await fetch(path, { headers: { accept: 'application/json' } })
    return response.ok ? ((await response.json()) as Document) : undefined
  } catch {
    return undefined
  }
}

function identify({ requestId, time, durationMs }: RequestEntry): string {
  return `${time} ${durationMs} ${requestId}`
}
