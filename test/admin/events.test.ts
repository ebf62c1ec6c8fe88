import t from 'tap'
import type { StatusDocument } from '../../src/admin/documents.js'
import { Events } from '../../src/admin/events.js'
import { listenTo } from './event-reader.js'
import { outcome } from './outcome.js'
import { serveEvents } from './serve-events.js'

t.test('of more than can be told at once the rest is lost, and what follows is told', async (t) => {
  const events = new Events(() => ({ token: {} }) as StatusDocument)
  const { port } = await serveEvents(t, events)
  const reader = await listenTo(t, `http://127.0.0.1:${port}`)
  const path = `/${'a'.repeat(10_000)}`
  for (let i = 0; i < 100; i++) events.onOutcome(outcome({ path }))
  await reader.until('request', () => true)
  events.onOutcome(outcome({ requestId: 'last' }))
  await reader.until('request', ({ requestId }) => requestId === 'last')
  const told = reader.told('request').length
  t.ok(told >= 26 && told < 40, `${told} of 101 were told`)
})
