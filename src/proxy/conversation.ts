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
  newest: Turn | undefined
  /** Those whose answer is not given yet. */
  readonly open: Set<Turn>
}

/** A request that was let in, and its answer. */
export interface Turn {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The allowed browser origin that it came from. */
  readonly corsOrigin: string | undefined
  /** Gives up a request whose body turned out to be unreadable. */
  fail: ((code: ProxyErrorCode) => void) | undefined
  /**
   * The connection is gone. Of answers that still wait for their turn Node emits no `close`, so
   * nothing else tells.
   */
  leave: (() => void) | undefined
}

/** How long a client may take to read the last answer while it still sends, in milliseconds. */
const LINGER_MS = 1_000

const conversations = new WeakMap<Duplex, Conversation>()

export function conversationOf(socket: Duplex): Conversation {
  let conversation = conversations.get(socket)
  if (conversation === undefined) {
    const open = new Set<Turn>()
    conversation = { isOver: false, newest: undefined, open }
    conversations.set(socket, conversation)
    socket.once('close', () => {
      for (const turn of open) turn.leave?.()
    })
  }
  return conversation
}

const turns = new WeakMap<IncomingMessage, Turn>()

/** Makes a request the newest of its conversation. */
export function beginTurn(conversation: Conversation, turn: Turn): void {
  conversation.newest = turn
  conversation.open.add(turn)
  turns.set(turn.request, turn)
  turn.response.once('close', () => {
    conversation.open.delete(turn)
  })
}

export function turnOf(request: IncomingMessage): Turn | undefined {
  return turns.get(request)
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
