import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Outcome } from '../../proxy/traffic.js'
import type { MessageDetail, RequestDetail } from '../documents.js'
import { entryOf } from '../recent-requests.js'
import { RecordedBody } from './recorded-body.js'
import type { Redaction } from './redaction.js'

/**
 * Owns one request and its response as the client sent and received them. It taps Node's two
 * objects, so that every response is recorded alike, whoever sends it.
 */
export class Inspection {
  readonly #redaction: Redaction
  readonly #target: string
  readonly #requestFields: readonly string[]
  readonly #requestBody = new RecordedBody()
  readonly #responseBody = new RecordedBody()
  readonly #response: ServerResponse
  #outcome: Outcome | undefined
  /** Built once everything has arrived, while the tokens it may contain are still known. */
  #detail: RequestDetail | undefined

  constructor(redaction: Redaction, request: IncomingMessage, response: ServerResponse) {
    this.#redaction = redaction
    const { url = '', rawHeaders } = request
    this.#target = url
    this.#requestFields = rawHeaders
    this.#response = response
    recordRequest(request, this.#requestBody)
    recordResponse(response, this.#responseBody)
    response.once('close', () => {
      // Either this or `end` may come last.
      this.#detail = this.read()
    })
  }

  get requestId(): string | undefined {
    return this.#outcome?.requestId
  }

  end(outcome: Outcome): void {
    this.#outcome = outcome
    if (this.#response.closed) this.#detail = this.read()
  }

  /** As far as known; undefined before the outcome is. */
  read(): RequestDetail | undefined {
    if (this.#detail !== undefined) return this.#detail
    if (this.#outcome === undefined) return undefined
    const entry = entryOf(this.#outcome)
    return {
      ...entry,
      requestId: this.#redaction.text(entry.requestId),
      path: this.#redaction.text(entry.path),
      target: this.#redaction.text(this.#target),
      request: this.#message(this.#requestFields, this.#requestBody),
      response: this.#message(headOf(this.#response), this.#responseBody),
    }
  }

  #message(fields: readonly string[], body: RecordedBody): MessageDetail {
    const redaction = this.#redaction
    return { headers: redaction.fields(fields), ...body.read((text) => redaction.text(text)) }
  }
}

/** Records the body as the parser delivers it, read or not, without changing its flow. */
function recordRequest(request: IncomingMessage, body: RecordedBody): void {
  const push = request.push.bind(request)
  request.push = (part: unknown, encoding?: BufferEncoding) => {
    if (Buffer.isBuffer(part)) body.add(part)
    return push(part, encoding)
  }
}

function recordResponse(response: ServerResponse, body: RecordedBody): void {
  type Arguments = [part?: unknown, encoding?: unknown, callback?: unknown]
  const recorded =
    <Result>(write: (...args: Arguments) => Result) =>
    (...args: Arguments): Result => {
      const [part, encoding] = args
      if (Buffer.isBuffer(part)) body.add(part)
      else if (typeof part === 'string') {
        const isNamed = typeof encoding === 'string'
        body.add(Buffer.from(part, isNamed ? (encoding as BufferEncoding) : 'utf8'))
      }
      return write(...args)
    }
  response.write = recorded(response.write.bind(response) as (...args: Arguments) => boolean)
  response.end = recorded(response.end.bind(response) as (...args: Arguments) => typeof response)
}

/** The headers that Node wrote, including those it added; nothing else has them as sent. */
function headOf(response: ServerResponse & { _header?: string | null }): string[] {
  const [, ...lines] = (response._header ?? '').trimEnd().split('\r\n')
  return lines.flatMap((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
}
