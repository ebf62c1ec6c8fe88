/**
 * Owns a count of what lives in this process and could pile up: timers, what keeps the event loop
 * alive, sockets and HTTP/2 sessions, and the listeners on all of these.
 */
import { createHook } from 'node:async_hooks'
import type { EventEmitter } from 'node:events'
import http2, { type ClientHttp2Session } from 'node:http2'
import { syncBuiltinESMExports } from 'node:module'
import { Socket } from 'node:net'
import type { Test } from 'tap'

export type Census = Readonly<Record<string, number>>

/** Begins to count; gives what counts at any moment. Ends with the test. */
export function beginCensus(t: Test): () => Census {
  const timers = new Set<number>()
  const hook = createHook({
    init(id, type) {
      if (type === 'Timeout') timers.add(id)
    },
    destroy(id) {
      timers.delete(id)
    },
  }).enable()

  const sessions = new Set<ClientHttp2Session>()
  const { connect } = http2
  const seen = (...args: Parameters<typeof connect>): ClientHttp2Session => {
    const session = connect(...args)
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    return session
  }
  http2.connect = seen as typeof connect
  syncBuiltinESMExports()
  t.teardown(() => {
    hook.disable()
    http2.connect = connect
    syncBuiltinESMExports()
  })

  return () => {
    const sockets = handles().filter((handle) => handle instanceof Socket)
    const resources: Record<string, number> = {}
    for (const type of process.getActiveResourcesInfo()) {
      resources[`resource ${type}`] = (resources[`resource ${type}`] ?? 0) + 1
    }
    return {
      ...resources,
      timers: timers.size,
      sockets: sockets.length,
      sessions: sessions.size,
      'listeners of sockets': listenersOf(sockets),
      'listeners of sessions': listenersOf([...sessions]),
      'listeners of the process': listenersOf([process]),
    }
  }
}

type Listened = Pick<EventEmitter, 'eventNames' | 'listenerCount'>

function listenersOf(emitters: readonly Listened[]): number {
  let count = 0
  for (const emitter of emitters) {
    for (const name of emitter.eventNames()) count += emitter.listenerCount(name)
  }
  return count
}

/** It has no public counterpart that gives the objects. */
function handles(): readonly unknown[] {
  return (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles()
}
