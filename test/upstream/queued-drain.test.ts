import { spawn } from 'node:child_process'
import t, { type Test } from 'tap'
import { isInstalled, outputOf } from '../clients/program.js'
import type { RunningProxy } from '../../src/commands/start-proxy.js'
import type { Identity } from '../../src/identity/identity.js'
import { Token } from '../../src/token/token.js'
import { fieldOf, RawClient } from './raw-client.js'
import { startProxyFor, startStage } from './start.js'

/** An upstream that lets nothing be begun: requests wait for a stream. */
const NO_STREAMS = { maxConcurrentStreams: 0 }

async function taken(proxy: RunningProxy): Promise<void> {
  while (proxy.inFlight === 0) await new Promise((resolve) => setImmediate(resolve))
}

/** A request that waits as the drain begins, and is overrun, is told that it was not processed. */
async function checkDrained(t: Test, listening: string, proxy: RunningProxy): Promise<void> {
  const client = new RawClient(listening).send({ method: 'POST', body: 'launch' })
  await taken(proxy)
  const drained = proxy.drain()
  const answer = await client.answer()
  t.equal(answer.status, 503)
  t.equal(fieldOf(answer, 'x-tailer-proxy-error'), 'SHUTTING_DOWN')
  t.equal(fieldOf(answer, 'retry-after'), '1')
  t.equal(await drained, 1)
}

t.test('a request that waits for a stream was not processed, and a drain says so', async (t) => {
  const { listening, proxy, server } = await startStage(t, { settings: NO_STREAMS })
  await checkDrained(t, listening, proxy)
  t.equal(server.requests.length, 0)
})

t.test('a request that waits for a token was not processed, and a drain says so', async (t) => {
  let minted = 0
  let isAwaited: () => void = () => undefined
  const awaited = new Promise<void>((resolve) => (isAwaited = resolve))
  const source = {
    mint: () => {
      if (++minted === 1) return Promise.resolve(new Token('token-1', Date.now(), Date.now() + 100))
      isAwaited()
      return new Promise<Token>(() => undefined)
    },
  }
  const identity: Identity = { kind: 'static', email: undefined, origin: 'this test', source }
  const { listening, proxy, server } = await startStage(t, { identity })
  await awaited
  await checkDrained(t, listening, proxy)
  t.equal(server.requests.length, 0)
})

t.test('curl --retry sends it to the next proxy, and it runs once', async (t) => {
  if (!isInstalled('curl', ['--version'])) {
    t.comment('NOT CHECKED: curl is not installed')
    return
  }
  const { listening, proxy, server } = await startStage(t, {
    settings: NO_STREAMS,
    onRequest: (stream) => {
      void stream.ended.then(() => stream.answer(200, 'launched'))
    },
  })
  const retry = ['--retry', '9', '--retry-connrefused']
  const curl = spawn('curl', ['-q', '-s', ...retry, '-d', 'launch', listening], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said = outputOf(curl)
  await taken(proxy)
  await proxy.drain()
  server.options.settings = {}
  await startProxyFor(t, server, ['--listen', new URL(listening).host])
  t.match(await said, /launched$/)
  t.equal(server.requests.length, 1)
  t.equal(server.requests[0]!.body.toString(), 'launch')
})
