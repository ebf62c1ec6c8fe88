import t from 'tap'
import { outcomeOf } from '../../src/proxy/own-outcome.js'

t.test('what was refused at once is reported as the proxy’s own', (t) => {
  const told = outcomeOf('an-id', 'NOT_ALLOWED', undefined, { method: 'PUT', url: '/a?key=s3cret' })
  t.match(told, {
    ...{ requestId: 'an-id', method: 'PUT', path: '/a', status: 403, code: 'NOT_ALLOWED' },
    ...{ source: 'proxy', sent: 0, bytesUp: 0, bytesDown: 0, durationMs: 0 },
  })
  t.match(outcomeOf('an-id', undefined, undefined), { status: 200, code: undefined })
  t.end()
})

t.test('what never became a request has no method and no path', (t) => {
  t.match(outcomeOf('an-id', 'BAD_REQUEST', undefined), { method: '', path: '', status: 400 })
  t.match(outcomeOf('an-id', 'BAD_REQUEST', undefined, {}), { method: '', path: '' })
  t.end()
})
