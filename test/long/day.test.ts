import { once } from 'node:events'
import { Agent, request } from 'node:http'
import pino from 'pino'
import t from 'tap'
import { startProxy } from '../../src/commands/start-proxy.js'
import type { Identity } from '../../src/identity/identity.js'
import { MintError } from '../../src/token/token-source.js'
import { Token } from '../../src/token/token.js'
import { openClient } from '../integration/raw-client.js'
import { startUpstream } from '../integration/recording-upstream.js'
import { load } from '../settings/load.js'
import { beginCensus, type Census } from './census.js'
import { FastClock } from './fast-clock.js'

const HOUR_MS = 3_600_000
/** What is there to stay has come by then. */
const WARM_UP_HOURS = 3

t.test(
  'a day leaves no timers, listeners, connections or series behind, and every request gets a response',
  { timeout: 240_000 },
  async (t) => {
    const census = beginCensus(t)
    const warnings: Error[] = []
    const onWarning = (warning: Error): void => void warnings.push(warning)
    process.on('warning', onWarning)
    t.teardown(() => process.off('warning', onWarning))

    const clock = new FastClock()
    let mints = 0
    const identity: Identity = {
      kind: 'exec',
      email: undefined,
      origin: 'test',
      source: {
        mint() {
          mints++
          // An endpoint that is down now and then, as in real life.
          if (mints % 5 === 0) return Promise.reject(new MintError('down'))
          return Promise.resolve(new Token(`t${mints}`, clock.now(), clock.now() + HOUR_MS))
        },
      },
    }
    const upstream = await startUpstream(t)
    let minute = 0
    let revoked: string | undefined
    upstream.answer = (stream, { path, fields }) => {
      upstream.seen.length = 0
      const token = fields[fields.indexOf('authorization') + 1]
      if (path === '/revoke') revoked ??= token
      const refused = token === revoked ? 401 : 200
      stream.respond({ ':status': path === '/broken' ? 500 : refused })
      stream.end('ok')
      // As on each deployment: GOAWAY, and another connection takes over.
      if (minute % 60 === 30) stream.session?.close()
    }
    const argv = ['--upstream', upstream.origin, '--ca-file', upstream.caFile]
    const ports = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0']
    const settings = load([...argv, ...ports])
    const log = pino({ level: 'silent' })
    const proxy = await startProxy(settings, identity, log, { clock })
    const { port } = new URL(proxy.listening)

    const lasting = new Agent({ keepAlive: true, maxSockets: 1 })
    t.teardown(() => {
      lasting.destroy()
    })
    const call = async (method: string, path: string, agent: Agent | false, host = 'localhost') => {
      const asked = request(`${proxy.listening}${path}`, { method, agent, headers: { host } })
      asked.end(method === 'POST' ? '{"action":"check_run_status"}' : undefined)
      const [answer] = (await once(asked, 'response')) as [
        NodeJS.ReadableStream & { statusCode: number },
      ]
      await once(answer.resume(), 'close')
      return answer.statusCode
    }
    const leave = async (text: string): Promise<void> => {
      const client = openClient(Number(port))
      client.send(text)
      await once(client.socket, 'connect')
      client.socket.destroy()
    }
    const series = async (): Promise<number> => {
      const text = await (await fetch(`${proxy.admin ?? ''}/metrics`)).text()
      return text.match(/^tailer_proxy_/gm)?.length ?? 0
    }

    let wrong = 0
    const expect = (expected: number, status: number): void => {
      if (status !== expected) wrong++
    }
    const counts: Census[] = []
    const seriesCounts: number[] = []
    for (minute = 1; minute <= 24 * 60; minute++) {
      await clock.run(60_000)
      expect(200, await call('POST', '/v1/dag/status', lasting))
      expect(200, await call('GET', `/v1/runs/${minute}`, false))
      if (minute % 10 === 0) {
        expect(500, await call('GET', '/broken', lasting))
        expect(403, await call('GET', '/', false, 'evil.test'))
        await leave('GET /left HTTP/1.1\r\nhost: localhost\r\n\r\n')
        await leave('GET / HT')
        await leave('\0\0\r\n\r\n')
      }
      if (minute % 90 === 0) {
        // Answered 401, minted anew, and sent again; unless the endpoint is down.
        const status = await call('POST', '/revoke', lasting)
        if (status === 401) await clock.run(60_000)
        else expect(200, status)
        revoked = undefined
      }
      if (minute % 60 === 0) {
        // Until those who left are gone.
        await upstream.until(() => upstream.open.size === 0)
        seriesCounts.push(await series())
        counts.push({ ...census(), 'timers of the token': clock.timers })
      }
    }

    t.equal(wrong, 0, 'responses other than expected')
    t.ok(mints >= 35 && mints <= 60, `${mints} mints`)
    const [first, last] = [counts[WARM_UP_HOURS - 1]!, counts.at(-1)!]
    for (const [what, count] of Object.entries(last)) {
      const before = first[what] ?? 0
      // A socket that is about to close may be seen in one hour and not in another.
      const few = what === 'listeners of sockets' ? 40 : 2
      t.ok(count <= before + few, `${what}: ${before} after ${WARM_UP_HOURS} h, then ${count}`)
    }
    t.equal(seriesCounts.at(-1), seriesCounts[WARM_UP_HOURS - 1], 'series')
    t.same(warnings, [])
    t.comment(JSON.stringify({ mints, series: seriesCounts.at(-1), ...last }))

    await proxy.drain()
    t.equal(clock.timers, 0)
  },
)
