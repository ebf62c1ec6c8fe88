import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import pino from 'pino'
import t from 'tap'
import { startProxy } from '../../src/commands/start-proxy.js'
import { createServiceAccount } from '../../src/demo/create-service-account.js'
import { createTailerApi } from '../../src/demo/tailer-api.js'
import { loadIdentity } from '../../src/identity/load-identity.js'
import { signToken } from '../demo/sign-token.js'
import { answerAssertion } from '../fakes/google.js'
import { serve } from '../fakes/serve.js'
import { folderOf } from '../identity/mint.js'
import { load } from '../settings/load.js'

/** Life of a token, in whole seconds as `exp` counts. */
const LIFE_S = 6
/** The last tenth of a token's life is not used, and `exp` is cut to a second. */
const MARGIN_MS = 1_000
/** Requests are sent this often. */
const EVERY_MS = 10

type Mood = 'well' | 'dead' | 'busy' | 'hanging' | 'silent'

/**
 * What the endpoint does, and for how long; the last outages are longer than any token lives. What
 * hangs is cut when the endpoint returns; what it was silent to ends by the proxy's own deadline.
 */
const WEATHER: readonly [mood: Mood, ms: number][] = [
  ['well', 3_000],
  ['dead', 1_000],
  ['well', 4_000],
  ['busy', 1_000],
  ['well', 4_000],
  ['hanging', 600],
  ['well', 4_000],
  ['dead', 9_000],
  ['well', 4_000],
  ['silent', 12_000],
  ['well', 14_000],
]

t.setTimeout(180_000)

t.test('no client sees an error while any valid token exists', async (t) => {
  const api = await createTailerApi()
  const accounts = await Promise.all([createServiceAccount(), createServiceAccount()])
  const folder = folderOf(t)
  const path = join(folder, 'key.json')
  const put = (content: string): void => {
    writeFileSync(`${path}~`, content)
    renameSync(`${path}~`, path)
  }
  put(JSON.stringify(accounts[0].keyFile))

  let mood: Mood = 'well'
  let validUntilMs = -Infinity
  const minted = [0, 0]
  const google = await serve(t, async (request) => {
    if (mood === 'busy') return { status: 503, headers: { 'retry-after': '1' }, body: {} }
    if (mood !== 'well') return undefined
    for (const [n, { publicKey, keyFile }] of accounts.entries()) {
      const account = { email: keyFile.client_email, publicKey }
      if ((await answerAssertion(request, account)).status !== undefined) continue
      minted[n]!++
      const exp = Math.floor(Date.now() / 1000) + LIFE_S
      validUntilMs = exp * 1000
      const claims = { exp }
      const options = { audience: api.origin, claims }
      return { body: { id_token: await signToken(api.serviceAccount, options) } }
    }
    return { status: 400, body: { error: 'invalid_grant' } }
  })
  // Dead: connections end without an answer.
  google.server.on('connection', (socket) => {
    if (mood === 'dead') socket.destroy()
  })

  const caFile = join(folder, 'ca.pem')
  writeFileSync(caFile, api.caPem)
  const settings = load([
    ...['--listen=127.0.0.1:0', '--admin=off', '--upstream', api.origin, '--ca-file', caFile],
    ...['--credentials', path, '--token-type=id-token', '--google-token-url', google.origin],
  ])
  const proxy = await startProxy(settings, loadIdentity(settings), pino({ level: 'silent' }))

  const bad: string[] = []
  const count = { sent: 0, ok: 0, withoutToken: 0 }
  const send = async (): Promise<void> => {
    count.sent++
    const sentMs = Date.now()
    const hadTokenUntilMs = validUntilMs
    const { status, headers } = await fetch(proxy.listening, {
      headers: { 'accept-encoding': 'identity' },
    })
    const code = headers.get('x-tailer-proxy-error') ?? ''
    if (status === 200) count.ok++
    // Those that wait for a token are in flight, and there is a limit to that.
    else if (['TOKEN_UNAVAILABLE', 'OVERLOADED'].includes(code)) {
      count.withoutToken++
      const leftMs = hadTokenUntilMs - sentMs
      if (leftMs > MARGIN_MS) bad.push(`no token, while one was valid for ${leftMs} ms`)
    } else bad.push(`${status} ${code}`)
  }
  const sending: Promise<void>[] = []
  const steady = setInterval(() => {
    sending.push(
      send().catch((error: unknown) => {
        bad.push(String(error))
      }),
    )
  }, EVERY_MS)
  let swaps = 0
  const swapping = setInterval(() => {
    swaps++
    // Half a file at times, and the other key at others.
    put(swaps % 3 === 0 ? '{ "half": ' : JSON.stringify(accounts[swaps % 2]?.keyFile))
  }, 700)

  let okBefore = 0
  for (const [next, ms] of WEATHER) {
    if (mood === 'hanging') google.server.closeAllConnections()
    mood = next
    okBefore = count.ok
    await after(ms)
  }
  clearInterval(steady)
  clearInterval(swapping)
  await Promise.all(sending)
  t.same(bad, [])
  t.ok(count.withoutToken > 0, 'without any token, requests were refused')
  t.ok(count.ok > count.sent / 3, `${count.ok} of ${count.sent} were answered`)
  t.ok(count.ok > okBefore, 'it recovered')
  t.ok(minted[0]! > 0 && minted[1]! > 0, `both keys were used: ${minted.join()}`)
  t.equal(api.requests.unauthorized, 0, 'nothing was sent with a dead token')
  t.equal(await proxy.drain(), 0)
  await api.close()
})
