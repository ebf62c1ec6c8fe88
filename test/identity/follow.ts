/** Owns the watching of an identity's file for the length of a test. */
import { EventEmitter, once } from 'node:events'
import type { Test } from 'tap'
import type { Identity } from '../../src/identity/identity.js'

/** `next` gives what is told of the next change: `reloaded`, or the reason why it was not. */
export function follow(t: Pick<Test, 'teardown'>, identity: Identity) {
  const told = new EventEmitter()
  const end = identity.watch!({
    reloaded: () => told.emit('change', 'reloaded'),
    reloadFailed: (reason) => told.emit('change', reason),
  })
  // What follows a file does not keep a process alive; this does.
  const stay = setInterval(() => undefined, 1_000)
  t.teardown(() => {
    clearInterval(stay)
    end()
  })
  return { next: async () => ((await once(told, 'change')) as [string])[0] }
}
