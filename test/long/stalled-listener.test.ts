import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import type { StatusDocument } from '../../src/admin/documents.js'
import { Events } from '../../src/admin/events.js'
import { listenTo } from '../admin/event-reader.js'
import { outcome } from '../admin/outcome.js'
import { serveEvents } from '../admin/serve-events.js'

t.test(
  'a listener that does not read loses events, then its place; others lose none',
  async (t) => {
    const events = new Events(() => ({ token: {}, requests: { total: 0 } }) as StatusDocument)
    const { port, responses } = await serveEvents(t, events)
    const stalled = connect(port, '127.0.0.1').pause()
    stalled.on('error', () => undefined)
    stalled.write('GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n')
    t.teardown(() => stalled.destroy())
    while (responses.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const reader = await listenTo(t, `http://127.0.0.1:${port}`)

    let sent = 0
    let mostWaiting = 0
    const gone = once(responses[0]!, 'close').then(() => true)
    const path = `/${'a'.repeat(2_000)}`
    while (!responses[0]?.closed) {
      for (let i = 0; i < 100; i++) {
        events.onOutcome(outcome({ requestId: `${sent++}`, path }))
      }
      await reader.until('request', ({ requestId }) => requestId === `${sent - 1}`)
      mostWaiting = Math.max(mostWaiting, responses[0]?.writableLength ?? 0)
    }
    t.ok(await gone, 'it was let go')
    t.ok(mostWaiting > 0 && mostWaiting < 512 * 1024, `${mostWaiting} bytes waited for it`)
    t.equal(reader.told('request').length, sent)
  },
)
