import { readdirSync, readFileSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import type { Log } from '../log/log.js'
import { conversationOf } from '../proxy/conversation.js'

/** Reserved for the upstream, the admin listener, token endpoints, files and commands. */
const RESERVED = 24
/** How many clients over the limit can be told so at once: each has a descriptor until then. */
const SURPLUS = 8
/** How long one of them has to send its request and be told, in milliseconds. */
const SURPLUS_MS = 1_000
/** There is room for this many clients, however low the limit. */
const LEAST_CLIENTS = 4
/** The overload counts as over below this share of the limit: not one log line per connection. */
const CALM = 0.8

/**
 * Keeps file descriptors for what must go on (upstream, admin listener, files) by limiting how many
 * connections clients may have. If the process runs out, libuv silently resets new connections on
 * every listener; here, the request of a surplus client gets 503 OVERLOADED, and its connection is
 * closed only if even the descriptors for that are in use. Each change of state is logged once.
 * Call this when everything else is open. Without /proc, nothing is limited.
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
    // The last place is for a client that sends a request: one that is still silent makes room.
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
  // Before the parser reads from it.
  server.prependListener('connection', accept)
}

/** The soft limit, which Node raises to the hard one at startup. */
function readLimit(): number | undefined {
  try {
    const [, soft] =
      /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}
