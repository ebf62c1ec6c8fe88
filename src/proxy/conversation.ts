import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Caller } from '../access/users/callers.js'
import { Roster } from '../roster.js'
import type { RequestFault } from './failure.js'

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
  /** Those who respond to a request, and are not done. */
  readonly responders: Roster<Responder, 'placeOnConnection'>
  /** Whose program it is, where that is asked. */
  caller: Caller | undefined
  /** There is no room for one more: it is told so, and closed. */
  isSurplus: boolean
}

/** A request that was let in, and its response. */
export interface Turn {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The allowed browser origin that it came from. */
  readonly corsOrigin: string | undefined
  responder: Responder | undefined
}

/** Who responds to a request in its own time. */
export interface Responder {
  /** In its conversation's roster. */
  placeOnConnection: number
  /** It is its turn: the responses before its own are over. Told again, it does nothing. */
  proceed(): void
  /** Gives up: the request's body turned out to be unreadable, or its client has left. */
  abort(fault: RequestFault): void
  /**
   * The connection is gone. Of responses that still wait for their turn Node emits no `close`, so
   * nothing else tells.
   */
  leave(): void
}

/** How long a client may be silent, after the last response left, before its connection is closed, */
const LINGER_MS = 1_000
/** and how long it may go on sending, in milliseconds. */
const LONGEST_LINGER_MS = 10_000

// On the objects themselves: a WeakMap would cost each collection of garbage a walk over it.
const kConversation = Symbol('conversation')
const kTurn = Symbol('turn')
type Spoken = Duplex & { [kConversation]?: Conversation | undefined }
type Asked = IncomingMessage & { [kTurn]?: Turn }

export function conversationOf(socket: Spoken): Conversation {
  return (socket[kConversation] ??= beginConversation(socket))
}

function beginConversation(socket: Duplex): Conversation {
  const responders = new Roster<Responder, 'placeOnConnection'>('placeOnConnection')
  socket.once('close', () => {
    for (const responder of responders) responder.leave()
  })
  return {
    isOver: false,
    ignored: 0,
    newest: undefined,
    responders,
    caller: undefined,
    isSurplus: false,
  }
}

/** Makes a request the newest of its conversation. */
export function beginTurn(
  conversation: Conversation,
  request: Asked,
  response: ServerResponse,
  corsOrigin: string | undefined,
): void {
  const turn = { request, response, corsOrigin, responder: undefined }
  conversation.newest = turn
  request[kTurn] = turn
}

/** Whether no other request waits behind it on its connection. */
export function isNewest(request: IncomingMessage): boolean {
  return conversationOf(request.socket).newest?.request === request
}

export function turnOf(request: Asked): Turn | undefined {
  return request[kTurn]
}

/**
 * Gives a request to who responds to it, until `endTurn`. Requests of one connection are responded to
 * one after another (RFC 9112 §9.3.2): if the connection broke within the first response, the client
 * could not know of a second request that it ran.
 * @returns whether it may proceed at once; otherwise `proceed` is called
 */
export function takeTurn(request: IncomingMessage, responder: Responder): boolean {
  const turn = turnOf(request)
  if (turn !== undefined) turn.responder = responder
  const { responders } = conversationOf(request.socket)
  responders.add(responder)
  return responders.first === responder
}

export function endTurn({ socket }: IncomingMessage, responder: Responder): void {
  const { responders } = conversationOf(socket)
  responders.delete(responder)
  // A connection that ends takes no response any more.
  if (socket.writable) responders.first?.proceed()
}

/** Ends a conversation with the response that is about to be given. */
export function endWith(response: ServerResponse): void {
  const { socket } = response.req
  conversationOf(socket).isOver = true
  response.shouldKeepAlive = false
  // What Node calls when the last response is written.
  socket.destroySoon = () => {
    linger(socket)
  }
}

/** As `endWith`, but what the request itself still has to say is heard. */
export function endAfter(response: ServerResponse): void {
  response.shouldKeepAlive = false
  if (response.req.complete) endWith(response)
}

/**
 * Ends a connection within a response that has begun: what was written of it leaves, its end never
 * comes. Where only the end of the connection ends the response (`isDelimitedByClose`), a reset tells
 * a truncated one from a whole one.
 */
export function truncate(response: ServerResponse, isDelimitedByClose: boolean): void {
  const { socket } = response.req
  conversationOf(socket).isOver = true
  // What was written in this turn of the event loop: the socket has it on Node 20, the response on 26.
  while (response.writableCorked > 0) response.uncork()
  if (isDelimitedByClose) socket.resetAndDestroy()
  else linger(socket)
}

/**
 * Closes our side and reads on for a while: to close with bytes unread is a reset, which may take
 * the response from the client before it has read it (RFC 9112 §9.6).
 */
export function linger(
  socket: Duplex,
  silenceMs: number = LINGER_MS,
  longestMs: number = LONGEST_LINGER_MS,
): void {
  const closeAfter = (ms: number): NodeJS.Timeout => {
    const timer = setTimeout(() => {
      socket.destroy()
    }, ms)
    socket.once('close', () => {
      clearTimeout(timer)
    })
    return timer
  }
  closeAfter(longestMs)
  // Its client may take its time to read what has not left yet.
  socket.end(() => {
    const silence = closeAfter(silenceMs)
    socket.on('data', () => silence.refresh())
  })
  socket.resume()
}

/**
 * Whether a response that is over left whole. Node 20 says that it did of one that was being written as
 * its connection was destroyed, too.
 */
export function hasLeft({ req: { socket }, writableFinished }: ServerResponse): boolean {
  return writableFinished && (!socket.destroyed || socket.writableFinished)
}

/** Calls back when all requests on the connection so far are responded to. */
export function afterAnswers({ newest }: Conversation, callback: () => void): void {
  if (newest === undefined || newest.response.closed || newest.response.writableFinished) callback()
  else newest.response.once('close', callback)
}
