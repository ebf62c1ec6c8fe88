import t from 'tap'
import type { ProxyErrorCode } from '../../src/errors.js'
import { detailOf, OVERRUN, verdictOf } from '../../src/proxy/failure.js'

t.test('what was not processed is not said to have been perhaps', (t) => {
  for (const code of ['UPSTREAM_RESET', 'UPSTREAM_PROTOCOL', 'UPSTREAM_TIMEOUT'] as const) {
    t.match(
      detailOf(code, undefined, false),
      /The upstream .*request,? (which )?was not processed/i,
    )
    t.equal(detailOf(code, undefined, true), undefined, 'the fixed text says that it may have been')
  }
  t.equal(detailOf('UPSTREAM_TLS', 'the certificate expired', false), 'the certificate expired')
  t.equal(detailOf('UPSTREAM_PROTOCOL', 'over a limit', true), 'over a limit')
  t.end()
})

t.test('a body of which a part went upstream may have been processed, whatever was wrong', (t) => {
  const itMay = 'At least its beginning went upstream: the request may have been processed.'
  const cases: [ProxyErrorCode, string | undefined, string][] = [
    ['BAD_REQUEST', undefined, 'The body of the request is malformed.'],
    ['REQUEST_TIMEOUT', undefined, 'The body of the request did not arrive in time.'],
    ['BAD_REQUEST', 'A chunk is bad.', 'A chunk is bad.'],
  ]
  for (const [code, detail, what] of cases) {
    t.equal(detailOf(code, detail, true), `${what} ${itMay}`)
    t.equal(detailOf(code, detail, false), detail)
  }
  t.end()
})

t.test('a response is whose the client saw', (t) => {
  const begun = { isUpstreams: true, status: 200 }
  const none = { isUpstreams: false, status: 0 }
  t.same(verdictOf(undefined, begun), { status: 200, source: 'upstream' })
  t.same(verdictOf({ code: 'UPSTREAM_RESET' }, begun), { status: 200, source: 'upstream' })
  t.same(verdictOf(undefined, none), { status: 0, source: 'upstream' }, 'until it is known')
  t.same(verdictOf({ code: 'UPSTREAM_RESET' }, none), { status: 502, source: 'proxy' })
  t.same(verdictOf({ code: 'CLIENT_CLOSED' }, begun), { status: 499, source: 'proxy' })
  t.end()
})

t.test('a drain that overran a request says that it may have been processed', (t) => {
  t.match(OVERRUN, {
    code: 'UPSTREAM_TIMEOUT',
    reason: 'shutting down',
    detail: /^The proxy shut down .* may have been processed: check its status before you send it/,
  })
  t.end()
})
