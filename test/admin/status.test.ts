import t from 'tap'
import { LastUpstream } from '../../src/admin/last-upstream.js'
import { statusOf, type StatusSources } from '../../src/admin/status.js'
import { MintError } from '../../src/token/token-source.js'
import { startDemoProxy } from '../commands/start-demo-proxy.js'
import { outcome } from './outcome.js'

const FAILED = outcome({ status: 502, source: 'proxy', code: 'UPSTREAM_RESET' })

t.test('the last response of the upstream and the last error about it are told apart', (t) => {
  const last = new LastUpstream()
  t.same(last.read(), { status: null, at: null, error: null, errorAt: null })
  last.onOutcome({ ...FAILED, code: 'HOST_NOT_ALLOWED', status: 403 })
  last.onOutcome({ ...FAILED, code: 'CLIENT_CLOSED', status: 499 })
  t.same(last.read(), { status: null, at: null, error: null, errorAt: null }, 'not about it')
  last.onOutcome(FAILED)
  const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
  t.match(last.read(), { status: null, at: null, error: 'UPSTREAM_RESET', errorAt: isoTime })
  last.onOutcome(outcome({ status: 401 }))
  t.match(last.read(), { status: 401, at: isoTime, error: 'UPSTREAM_RESET', errorAt: isoTime })
  last.failed('UPSTREAM_TLS')
  t.match(last.read(), { status: 401, error: 'UPSTREAM_TLS' })
  last.onOutcome(outcome({ code: 'UPSTREAM_TIMEOUT' }))
  t.match(last.read(), { status: 200, error: 'UPSTREAM_TIMEOUT' }, 'a truncated response is both')
  t.end()
})

t.test('a failed mint is told with its hint, and in no other words than the log', (t) => {
  const statusWith = (lastError: MintError | undefined) => {
    const sources: StatusSources = {
      version: '1.2.3',
      upstream: 'https://upstream.example',
      identity: { kind: 'tailer', email: undefined, tokenType: 'jwt', audience: 'a' },
      traffic: { total: 0, inFlight: 0, errors: 0 },
      tokens: { current: () => undefined, lastError, renewing: false },
      upstreamConnections: () => 0,
      lastUpstream: () => new LastUpstream().read(),
      listening: () => undefined,
    }
    return statusOf(sources)
  }
  t.equal(statusWith(undefined).lastMintError, null)
  t.equal(statusWith(new MintError('no response')).lastMintError, 'no response')
  const refused = new MintError('refused', { hint: 'log in again', cause: new Error('eyJ.secret') })
  t.equal(statusWith(refused).lastMintError, 'refused; hint: log in again')
  t.match(statusWith(refused).token, { state: 'none', issuedAt: null, fingerprint: null })
  t.end()
})

t.test('an upstream that is gone is told of without a request', async (t) => {
  const { admin, api } = await startDemoProxy(t)
  await api.close()
  const status = async () => (await fetch(`${admin}/status`)).json()
  const lastError = async () => {
    const { lastUpstream } = (await status()) as { lastUpstream: { error: string | null } }
    return lastUpstream.error
  }
  while ((await lastError()) === null);
  t.match(await status(), {
    upstreamConnections: 0,
    lastUpstream: { status: null, error: 'UPSTREAM_UNREACHABLE', errorAt: /Z$/ },
  })
})
