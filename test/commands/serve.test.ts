import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { Writable } from 'node:stream'
import pino from 'pino'
import t, { type Test } from 'tap'
import { serve } from '../../src/commands/serve.js'
import { Signals } from '../../src/commands/signals.js'
import { startDemoProxy } from './start-demo-proxy.js'

/** Serves until two signals come at once; how it ends, and the messages of its log. */
async function endByTwoSignals(t: Test, requests: number) {
  const { proxy } = await startDemoProxy(t)
  const { port } = new URL(proxy.listening)
  for (let i = 0; i < requests; i++) {
    const client = connect(Number(port), '127.0.0.1')
    t.teardown(() => client.destroy())
    client.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{')
  }
  while (proxy.inFlight < requests) await setImmediate()
  const logged: Record<string, unknown>[] = []
  const sink = new Writable({
    write(line: Buffer, _encoding, done) {
      logged.push(JSON.parse(line.toString()) as Record<string, unknown>)
      done()
    },
  })
  const signals = new Signals(['SIGWINCH'])
  const serving = serve(() => Promise.resolve(proxy), pino(sink), signals)
  await setImmediate()
  process.emit('SIGWINCH', 'SIGWINCH')
  process.emit('SIGWINCH', 'SIGWINCH')
  return { exitCode: await serving, last: logged.at(-1) }
}

t.test('a second signal aborts the requests in flight, and that is a failure', async (t) => {
  const { exitCode, last } = await endByTwoSignals(t, 1)
  t.equal(exitCode, 1)
  t.match(last, { requestsAborted: 1, reason: 'second signal (SIGWINCH)' })
})

t.test('a second signal with nothing to abort is none', async (t) => {
  const { exitCode, last } = await endByTwoSignals(t, 0)
  t.equal(exitCode, 0)
  t.match(last, { msg: 'stopped' })
})
