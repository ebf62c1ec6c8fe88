/** Owns a client that sends bytes as they are, and reads answers with a parser of its own. */
import { connect, type NetConnectOpts, type Socket } from 'node:net'

export interface Answer {
  readonly status: number
  /** Lower-case names; repeated ones joined with a line feed. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Of the proxy's own answers. */
  readonly code: string | undefined
}

export interface RawClient {
  readonly socket: Socket
  send(latin1: string): void
  /** All that came so far. */
  readonly received: string
  /** Resolves when `count` final answers are there, or the connection is closed. */
  answers(count: number): Promise<Answer[]>
  /** Resolves with all answers when the connection is closed. */
  closed(): Promise<Answer[]>
}

/** @param methods of the requests, by which answers to HEAD are known to have no body */
export function openClient(
  to: number | NetConnectOpts,
  methods: readonly string[] = [],
): RawClient {
  const options = typeof to === 'number' ? { port: to, host: '127.0.0.1' } : to
  const socket = connect({ ...options, noDelay: true } as NetConnectOpts)
  let received = ''
  let isClosed = false
  let listeners: (() => void)[] = []
  const tell = () => {
    for (const listener of [...listeners]) listener()
  }
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1')
    tell()
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    isClosed = true
    tell()
  })
  const until = (condition: (answers: Answer[]) => boolean) =>
    new Promise<Answer[]>((resolve) => {
      const check = () => {
        const answers = parseAnswers(received, methods)
        if (!isClosed && !condition(answers)) return
        listeners = listeners.filter((other) => other !== check)
        resolve(answers)
      }
      listeners.push(check)
      check()
    })
  return {
    socket,
    send(latin1) {
      socket.write(Buffer.from(latin1, 'latin1'))
    },
    get received() {
      return received
    },
    answers: (count) => until((answers) => answers.length >= count),
    closed: () => until(() => false),
  }
}

/** Complete final answers at the beginning of `text`; interim ones are skipped. */
export function parseAnswers(text: string, methods: readonly string[] = []): Answer[] {
  const answers: Answer[] = []
  let rest = text
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    const status = Number(/^HTTP\/1\.1 ([1-5][0-9]{2}) /.exec(rest)?.[1])
    if (end === -1) return answers
    if (Number.isNaN(status)) throw new Error(`no answer: ${JSON.stringify(rest.slice(0, 80))}`)
    const headers = parseFields(rest.slice(0, end).split('\r\n').slice(1))
    rest = rest.slice(end + 4)
    if (status < 200) continue
    const body = readBody(rest, status, headers, methods[answers.length])
    if (body === undefined) return answers
    rest = rest.slice(body.length)
    answers.push({ status, headers, body: body.text, code: headers['x-tailer-proxy-error'] })
  }
}

function parseFields(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const [, name, value] = /^([\w!#$%&'*+.^`|~-]+): ?(.*)$/.exec(line) ?? []
    if (name === undefined) throw new Error(`no field: ${JSON.stringify(line)}`)
    const before = headers[name.toLowerCase()]
    headers[name.toLowerCase()] = before === undefined ? value! : `${before}\n${value!}`
  }
  return headers
}

function readBody(
  rest: string,
  status: number,
  headers: Record<string, string>,
  method: string | undefined,
): { text: string; length: number } | undefined {
  if (method === 'HEAD' || status === 204 || status === 304) return { text: '', length: 0 }
  if (headers['transfer-encoding'] === 'chunked') return readChunks(rest)
  const length = Number(headers['content-length'] ?? rest.length)
  return rest.length < length ? undefined : { text: rest.slice(0, length), length }
}

function readChunks(rest: string): { text: string; length: number } | undefined {
  let text = ''
  let at = 0
  for (;;) {
    const [line, size] = /^([0-9a-f]+)\r\n/i.exec(rest.slice(at)) ?? []
    if (line === undefined || size === undefined) return undefined
    at += line.length
    const bytes = parseInt(size, 16)
    if (bytes === 0) break
    text += rest.slice(at, at + bytes)
    at += bytes + 2
  }
  const end = rest.indexOf('\r\n', at)
  return end === -1 ? undefined : { text, length: end + 2 }
}
