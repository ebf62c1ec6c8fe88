import { readdirSync, readFileSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import type { Log } from '../log/log.js'
import { conversationOf } from '../proxy/conversation.js'

/** Kept for the upstream, the admin listener, token endpoints, files and commands. */
const RESERVED = 24
/** Clients beyond the limit, at once, that are told so: each has a descriptor until it knows. */
const SURPLUS = 8
/** For one of them to ask and be told, in milliseconds. */
const SURPLUS_MS = 1_000
/** So many clients there are room for, however low the limit is. */
const LEAST_CLIENTS = 4
/** Below this share of the limit it counts as over: not one line for each connection. */
const CALM = 0.8

/**
 * Keeps file descriptors for what must go on (upstream, admin listener, files) by limiting how many
 * connections clients may have. Where the process runs out, libuv resets new connections of every
 * listener in silence; here a surplus client's request gets 503 OVERLOADED, and only where even
 * the descriptors for that are in use, the connection is closed. It is told once a change of state.
 * Call it when all else is open. Without /proc, nothing is limited.
 */
export function spareDescriptors(server: Server, log: Log): void {
  const limit = readLimit()
  if (limit === undefined) return
  const spare = limit - readdirSync('/proc/self/fd').length - RESERVED - SURPLUS
  const most = Math.max(LEAST_CLIENTS, spare)
  server.maxConnections = most + SURPLUS
  const surplus: Socket[] = []
  let clients = 0
  let isFull = false
  const accept = (socket: Socket): void => {
    clients++
    socket.once('close', () => {
      clients--
      if (!isFull || clients > most * CALM) return
      isFull = false
      log.info({ connections: clients }, 'new connections are accepted again')
    })
    if (clients <= most) return
    conversationOf(socket).isSurplus = true
    surplus.push(socket)
    const timer = setTimeout(() => socket.destroy(), SURPLUS_MS)
    socket.once('close', () => {
      clearTimeout(timer)
      surplus.splice(surplus.indexOf(socket), 1)
    })
    // The last place is for who asks: one that was opened ahead and has said nothing makes room.
    if (surplus.length >= SURPLUS) surplus.find(({ bytesRead }) => bytesRead === 0)?.destroy()
    if (isFull) return
    isFull = true
    const hint =
      'raise the limit of open files (ulimit -n, LimitNOFILE=), or find who opens so many'
    log.warn(
      { connections: most, openFiles: limit, hint },
      'too many connections: new ones get 503',
    )
  }
  // Before the parser reads of it.
  server.prependListener('connection', accept)
}

/** The soft limit, which Node raises to the hard one at its start. */
function readLimit(): number | undefined {
  try {
    const [, soft] =
      /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}
