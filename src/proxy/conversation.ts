import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Caller } from '../access/users/callers.js'
import { Roster } from '../roster.js'
import type { RequestFault } from './failure.js'

/**
 * Owns what is known of one client's connection beyond Node's parser: which of its requests is the
 * newest, and whether it takes any more. Responses are sent in the order of the requests, and
 * nothing that follows a refusal that ends the connection is acted upon.
 */
export interface Conversation {
  /** The last response is decided: later requests are ignored. */
  isOver: boolean
  /** Requests that arrived after that. */
  ignored: number
  newest: Turn | undefined
  /** Those still responding to a request. */
  readonly responders: Roster<Responder, 'placeOnConnection'>
  /** Whose program it is, if that is checked. */
  caller: Caller | undefined
  /** One connection too many: it is told so, and closed. */
  isSurplus: boolean
}

/** An admitted request, and its response. */
export interface Turn {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The allowed browser origin it came from. */
  readonly corsOrigin: string | undefined
  responder: Responder | undefined
}

/** Whatever responds to a request in its own time. */
export interface Responder {
  /** Its place in the conversation's roster. */
  placeOnConnection: number
  /** Its turn has come: all earlier responses are done. Calling it again does nothing. */
  proceed(): void
  /** Gives up: the rest of the request is unreadable, or the client has left. */
  abort(fault: RequestFault): void
  /**
   * The connection is gone. Node emits no `close` on responses that are still waiting for their
   * turn, so this is the only notice.
   */
  leave(): void
}

/** The client has closed the connection, or its sending half, before it had the whole response. */
const CLOSED_EARLY: RequestFault = {
  code: 'BAD_REQUEST',
  detail:
    'The client closed its side of the connection before the response was complete, which cancelled ' +
    'the request.',
  isGone: true,
}

/** After the last response, how long a client may be silent before its connection closes. */
const LINGER_MS = 1_000
/** How long it may go on sending, in milliseconds. */
const LONGEST_LINGER_MS = 10_000
/**
 * Before a reset, how long a client may be silent, in milliseconds: it must have read what it was
 * sent. Shorter than what a drain leaves for it.
 */
const RESET_SILENCE_MS = 250

// On the objects themselves: a garbage collector would have to walk a WeakMap each time.
const kConversation = Symbol('conversation')
const kTurn = Symbol('turn')
type Spoken = Duplex & { [kConversation]?: Conversation | undefined }
type Asked = IncomingMessage & { [kTurn]?: Turn }

export function conversationOf(socket: Spoken): Conversation {
  return (socket[kConversation] ??= beginConversation(socket))
}

function beginConversation(socket: Duplex): Conversation {
  const responders = new Roster<Responder, 'placeOnConnection'>('placeOnConnection')
  const conversation: Conversation = {
    isOver: false,
    ignored: 0,
    newest: undefined,
    responders,
    caller: undefined,
    isSurplus: false,
  }
  // Ahead of Node's own listener, which waits for the client to read what has been written.
  socket.prependOnceListener('end', () => {
    closeEarly(conversation)
  })
  socket.once('close', () => {
    for (const responder of responders) responder.leave()
  })
  return conversation
}

/** Cancels the requests that were received whole; the parser reports one that was not. */
function closeEarly({ newest, responders }: Conversation): void {
  for (const responder of responders) {
    if (responder !== newest?.responder || newest.request.complete) responder.abort(CLOSED_EARLY)
  }
}

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

/** Whether no later request is waiting on its connection. */
export function isNewest(request: IncomingMessage): boolean {
  return conversationOf(request.socket).newest?.request === request
}

export function turnOf(request: Asked): Turn | undefined {
  return request[kTurn]
}

/**
 * Registers the responder of a request, until `endTurn`. Requests on one connection are responded
 * to one after another (RFC 9112 §9.3.2): if the connection broke during the first response, the
 * client could not know whether a second request had run.
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
  // A connection that is closing takes no more responses.
  if (socket.writable) responders.first?.proceed()
}

/** Makes a response that is about to be written the last of its conversation. */
export function endWith(response: ServerResponse): void {
  const { socket } = response.req
  conversationOf(socket).isOver = true
  response.shouldKeepAlive = false
  // Node calls this once the last response is written.
  socket.destroySoon = () => {
    linger(socket)
  }
}

/** Like `endWith`, but the rest of the request is still read. */
export function endAfter(response: ServerResponse): void {
  response.shouldKeepAlive = false
  if (response.req.complete) endWith(response)
}

/**
 * Ends the connection in the middle of a response: what has been written is sent, the end never
 * comes. Without a last chunk whose absence shows (`isChunked`), a reset tells a truncated response
 * from a complete one. A `content-length` does not suffice: Python's requests with urllib3 1, Ruby's
 * Net::HTTP and Perl's LWP take whatever precedes a FIN for all of the content.
 */
export function truncate(response: ServerResponse, isChunked: boolean): void {
  const { socket } = response.req
  conversationOf(socket).isOver = true
  // What was written in this turn of the event loop: corked in the socket on Node 20, in the
  // response on 26.
  while (response.writableCorked > 0) response.uncork()
  if (isChunked || !canBeReset(socket)) linger(socket)
  else resetLater(socket)
}

/** Whether there is a reset to tell a truncated response from a complete one: not on a unix socket. */
export function canBeReset({ remoteAddress }: Socket): boolean {
  return remoteAddress !== undefined
}

/**
 * Resets the connection once the client is silent. A client whose sending fails does not read what
 * it was sent, and on some systems a reset destroys what has not been read: without one byte of a
 * response, the client might retry.
 */
function resetLater(socket: Socket): void {
  const reset = (): void => {
    socket.resetAndDestroy()
  }
  closeAfter(socket, LONGEST_LINGER_MS, reset)
  socket.write('', () => {
    closeAfterSilence(socket, RESET_SILENCE_MS, reset)
  })
  socket.resume()
}

/**
 * Closes our side and reads on for a while: closing with unread bytes causes a reset, which may
 * destroy the response before the client has read it (RFC 9112 §9.6).
 */
export function linger(
  socket: Duplex,
  silenceMs: number = LINGER_MS,
  longestMs: number = LONGEST_LINGER_MS,
): void {
  const close = (): void => {
    socket.destroy()
  }
  closeAfter(socket, longestMs, close)
  // The client may be slow to read what has not been sent yet.
  socket.end(() => {
    closeAfterSilence(socket, silenceMs, close)
  })
  socket.resume()
}

/** Calls `close` once the client has sent nothing for this long, unless the socket closes before. */
function closeAfterSilence(socket: Duplex, ms: number, close: () => void): void {
  const silence = closeAfter(socket, ms, close)
  socket.on('data', () => silence.refresh())
}

/** Calls `close` after this long, unless the socket closes before. */
function closeAfter(socket: Duplex, ms: number, close: () => void): NodeJS.Timeout {
  const timer = setTimeout(close, ms)
  socket.once('close', () => {
    clearTimeout(timer)
  })
  return timer
}

/**
 * Whether a finished response was sent completely. Node 20 also reports `writableFinished` for one
 * that was being written when its connection was destroyed.
 */
export function hasLeft({ req: { socket }, writableFinished }: ServerResponse): boolean {
  return writableFinished && (!socket.destroyed || socket.writableFinished)
}

/** Calls back once every request so far on the connection has its response. */
export function afterResponses({ newest }: Conversation, callback: () => void): void {
  if (newest === undefined || newest.response.closed || newest.response.writableFinished) callback()
  else newest.response.once('close', callback)
}
