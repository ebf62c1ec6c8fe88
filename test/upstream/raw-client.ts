/** Owns a local client that sends bytes and keeps the bytes that come: a cut answer shows. */
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  /** Names in lower case, as they came. */
  readonly fields: [string, string][]
  readonly body: Buffer
  readonly trailers: [string, string][]
  /** All that was announced came, and so did the last chunk of a chunked body. */
  readonly isWhole: boolean
  /** How the connection stood when the answer was over or cut. */
  readonly connection: 'open' | 'ended' | 'reset'
}

export interface RawRequestOptions {
  method?: string
  path?: string
  /** `host` is added; `content-length` too, unless `chunked`. */
  headers?: readonly (readonly [string, string])[]
  body?: Buffer | string | undefined
  chunked?: boolean
  /** Of the header alone: the test sends the body by itself. */
  contentLength?: number
}

/** One connection, one request at a time. */
export class RawClient {
  readonly socket: Socket
  #bytes: Buffer = Buffer.alloc(0)
  #connection: RawAnswer['connection'] = 'open'
  #method = 'GET'
  #wake: () => void = () => undefined

  constructor(listening: string) {
    const { hostname, port } = new URL(listening)
    this.socket = connect(Number(port), hostname)
    this.socket.setNoDelay(true)
    this.socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#wake()
    })
    this.socket.on('end', () => {
      if (this.#connection === 'open') this.#connection = 'ended'
      this.#wake()
    })
    this.socket.on('error', () => {
      this.#connection = 'reset'
    })
    this.socket.on('close', () => {
      if (this.#connection === 'open') this.#connection = 'ended'
      this.#wake()
    })
  }

  get receivedBytes(): number {
    return this.#bytes.length
  }

  /** Writes a request's head, and its body if it has one. */
  send(options: RawRequestOptions): this {
    const { method = 'GET', path = '/', headers = [], body, chunked = false } = options
    this.#method = method
    const lines = [`${method} ${path} HTTP/1.1`, 'host: localhost']
    for (const [name, value] of headers) lines.push(`${name}: ${value}`)
    const bytes = body === undefined ? undefined : Buffer.from(body)
    const length = options.contentLength ?? bytes?.length
    if (chunked) lines.push('transfer-encoding: chunked')
    else if (length !== undefined) lines.push(`content-length: ${length}`)
    this.socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
    if (bytes !== undefined) {
      if (chunked) {
        if (bytes.length > 0) this.chunk(bytes)
        this.chunk(Buffer.alloc(0))
      } else this.socket.write(bytes)
    }
    return this
  }

  /** An empty one is the last. */
  chunk(bytes: Buffer): this {
    this.socket.write(`${bytes.length.toString(16)}\r\n`)
    this.socket.write(bytes)
    this.socket.write('\r\n')
    return this
  }

  /** Resolves when the answer is whole, or the connection is over. */
  async answer(): Promise<RawAnswer> {
    for (;;) {
      const answer = parseAnswer(this.#bytes, this.#method, this.#connection)
      if (answer?.isWhole === true || (answer !== undefined && this.#connection !== 'open')) {
        this.#bytes = Buffer.alloc(0)
        return answer
      }
      if (this.#connection !== 'open') return { ...NOTHING, connection: this.#connection }
      await this.#more()
    }
  }

  /** Resolves when so many bytes are there. */
  async received(bytes: number): Promise<void> {
    while (this.#bytes.length < bytes && this.#connection === 'open') await this.#more()
  }

  close(): void {
    this.socket.destroy()
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }
}

/** One request on a connection of its own. */
export async function request(listening: string, options: RawRequestOptions): Promise<RawAnswer> {
  const client = new RawClient(listening)
  try {
    return await client.send(options).answer()
  } finally {
    client.close()
  }
}

export function fieldOf(answer: RawAnswer, name: string): string | undefined {
  return answer.fields.find(([each]) => each === name)?.[1]
}

const NOTHING: RawAnswer = {
  status: 0,
  fields: [],
  body: Buffer.alloc(0),
  trailers: [],
  isWhole: false,
  connection: 'open',
}

/** Undefined while the head is not whole. Interim answers are skipped. */
function parseAnswer(
  bytes: Buffer,
  method: string,
  connection: RawAnswer['connection'],
): RawAnswer | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const status = Number(statusLine.split(' ')[1])
  const rest = bytes.subarray(end + 4)
  if (status < 200) return parseAnswer(rest, method, connection)
  const fields = lines.map(toField)
  const value = (name: string) => fields.find(([each]) => each === name)?.[1]
  const answer = { ...NOTHING, status, fields, connection }
  if (method === 'HEAD' || status === 204 || status === 304) return { ...answer, isWhole: true }
  if (value('transfer-encoding') === 'chunked') return { ...answer, ...parseChunks(rest) }
  const length = value('content-length')
  if (length === undefined) return { ...answer, body: rest, isWhole: connection === 'ended' }
  const body = rest.subarray(0, Number(length))
  return { ...answer, body, isWhole: body.length === Number(length) }
}

function parseChunks(bytes: Buffer): Pick<RawAnswer, 'body' | 'trailers' | 'isWhole'> {
  const chunks: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const size = lineEnd === -1 ? NaN : parseInt(bytes.toString('latin1', at, lineEnd), 16)
    const isTruncated = Number.isNaN(size) || (size > 0 && bytes.length < lineEnd + 4 + size)
    if (isTruncated) return { body: Buffer.concat(chunks), trailers: [], isWhole: false }
    if (size === 0) {
      const tail = bytes.toString('latin1', lineEnd + 2)
      const isWhole = tail === '\r\n' || tail.endsWith('\r\n\r\n')
      const trailers = tail.split('\r\n').filter(Boolean).map(toField)
      return { body: Buffer.concat(chunks), trailers, isWhole }
    }
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 4 + size
  }
}

function toField(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}
