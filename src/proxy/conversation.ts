import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ProxyErrorCode } from '../errors.js'

/**
 * Owns what is known of one client's connection beyond Node's parser: which of its requests is the
 * newest, and whether it takes any more. Answers go out in the order of the requests, and nothing
 * that follows a refusal that ends the connection is acted upon.
 */
export interface Conversation {
  /** The last answer is decided: requests that follow are not looked at. */
  isOver: boolean
  /** Requests that came after that. */
  ignored: number
  newest: Turn | undefined
  /** Those who answer a request, and are not done. */
  readonly answering: Set<Answerer>
}

/** A request that was let in, and its answer. */
export interface Turn {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The allowed browser origin that it came from. */
  readonly corsOrigin: string | undefined
  answerer: Answerer | undefined
}

/** Who answers a request in its own time. */
export interface Answerer {
  /** Gives up: the request's body turned out to be unreadable, or time is up. */
  cut(code: ProxyErrorCode): void
  /**
   * The connection is gone. Of answers that still wait for their turn Node emits no `close`, so
   * nothing else tells.
   */
  leave(): void
}

/** How long a client may take to read the last answer while it still sends, in milliseconds. */
const LINGER_MS = 1_000

// On the objects themselves: a WeakMap would cost each collection of garbage a walk over it.
const kConversation = Symbol('conversation')
const kTurn = Symbol('turn')
type Spoken = Duplex & { [kConversation]?: Conversation | undefined }
type Asked = IncomingMessage & { [kTurn]?: Turn }

export function conversationOf(socket: Spoken): Conversation {
  return (socket[kConversation] ??= beginConversation(socket))
}

function beginConversation(socket: Duplex): Conversation {
  const answering = new Set<Answerer>()
  socket.once('close', () => {
    for (const answerer of answering) answerer.leave()
  })
  return { isOver: false, ignored: 0, newest: undefined, answering }
}

/** Makes a request the newest of its conversation. */
export function beginTurn(
  conversation: Conversation,
  request: Asked,
  response: ServerResponse,
  corsOrigin: string | undefined,
): void {
  const turn = { request, response, corsOrigin, answerer: undefined }
  conversation.newest = turn
  request[kTurn] = turn
}

export function turnOf(request: Asked): Turn | undefined {
  return request[kTurn]
}

/** Gives a request to who answers it, until `endTurn`. */
export function takeTurn(request: IncomingMessage, answerer: Answerer): void {
  const turn = turnOf(request)
  if (turn !== undefined) turn.answerer = answerer
  conversationOf(request.socket).answering.add(answerer)
}

export function endTurn(request: IncomingMessage, answerer: Answerer): void {
  conversationOf(request.socket).answering.delete(answerer)
}

/** Ends a conversation with the answer that `response` is about to give. */
export function endWith(response: ServerResponse): void {
  const { socket } = response.req
  conversationOf(socket).isOver = true
  response.shouldKeepAlive = false
  // What Node calls when the last answer is written.
  socket.destroySoon = () => {
    linger(socket)
  }
}

/**
 * Closes our side and reads on for a moment: to close with bytes unread is a reset, which may
 * take the answer from the client before it has read it (RFC 9112 §9.6).
 */
export function linger(socket: Duplex): void {
  socket.end()
  socket.resume()
  const timer = setTimeout(() => {
    socket.destroy()
  }, LINGER_MS)
  socket.once('close', () => {
    clearTimeout(timer)
  })
}

/** Calls back when all requests of the connection so far are answered. */
export function afterAnswers({ newest }: Conversation, callback: () => void): void {
  if (newest === undefined || newest.response.closed || newest.response.writableFinished) callback()
  else newest.response.once('close', callback)
}
