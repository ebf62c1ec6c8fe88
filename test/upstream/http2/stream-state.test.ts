import t from 'tap'
import {
  afterReceivingEnd,
  afterSendingEnd,
  isClosed,
  type StreamState,
} from '../../../src/upstream/http2/stream-state.js'

const OPEN: StreamState[] = ['idle', 'open', 'half-closed (local)', 'half-closed (remote)']
const CLOSED: StreamState[] = [
  'complete',
  'cancelled',
  'violated',
  'reset',
  'refused',
  'disowned',
  'lost',
  'unsent',
]

t.test('a stream is complete when both sides ended', (t) => {
  t.equal(afterReceivingEnd(afterSendingEnd('open')), 'complete')
  t.equal(afterSendingEnd('idle'), 'half-closed (local)', 'HEADERS may be the end')
  t.equal(afterReceivingEnd('open'), 'half-closed (remote)')
  t.end()
})

t.test('what is closed is closed by whom it was', (t) => {
  t.notOk(OPEN.some(isClosed))
  for (const state of CLOSED) {
    t.ok(isClosed(state), state)
    t.equal(afterSendingEnd(state), state)
    t.equal(afterReceivingEnd(state), state)
  }
  t.end()
})
