import { once } from 'node:events'
import { request } from 'node:http'
import t from 'tap'
import { spawnCli } from '../cli/spawn-cli.js'

const AT_ONCE = 50
const WARM_UP = 2_000
const CONNECTIONS = 5_000
const BATCHES = 3
/** What the allocator may keep; a leak of a connection's state would be ten times that. */
const SLACK_BYTES = 30 * 1024 * 1024

t.test(
  '5,000 connections leave descriptors and memory where they were',
  { skip: process.platform === 'linux' ? false : 'the figures come from /proc', timeout: 120_000 },
  async (t) => {
    const ports = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--log-format', 'json']
    const cli = spawnCli(t, ['demo', ...ports])
    const { listen, admin } = await cli.logged('ready')

    /** On a connection of its own. */
    const call = async (): Promise<void> => {
      const asked = request(`${String(listen)}/v1/nowhere`, { agent: false }).end()
      const [answer] = (await once(asked, 'response')) as [NodeJS.ReadableStream]
      await once(answer.resume(), 'end')
    }
    const churn = async (count: number): Promise<void> => {
      let next = 0
      const worker = async (): Promise<void> => {
        while (next++ < count) await call()
      }
      await Promise.all(Array.from({ length: AT_ONCE }, worker))
    }
    const figure = async (name: string): Promise<number> => {
      const text = await (await fetch(`${String(admin)}/metrics`)).text()
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
    }
    /** Descriptors without those of the upstream's connections, whose both ends are here. */
    const descriptors = async (): Promise<number> =>
      (await figure('process_open_fds')) - 2 * (await figure('tailer_proxy_upstream_connections'))

    await churn(WARM_UP)
    const before = await descriptors()
    // A heap that has not settled grows now and then; one that leaks grows every time.
    const growths: number[] = []
    for (let batch = 0; batch < BATCHES; batch++) {
      const rssBefore = await figure('process_resident_memory_bytes')
      await churn(CONNECTIONS)
      growths.push((await figure('process_resident_memory_bytes')) - rssBefore)
    }
    const left = await descriptors()
    // The last sockets may take a moment to go; each connection that leaked would count.
    t.ok(left - before <= AT_ONCE, `${left} descriptors, ${before} before`)
    t.equal(await figure('tailer_proxy_requests_in_flight'), 0)
    const grown = growths.map((bytes) => `${Math.round(bytes / 1024)} KiB`).join(', ')
    t.ok(Math.min(...growths) < SLACK_BYTES, `grown by ${grown}`)
    t.comment(`${left} descriptors, ${before} before; memory grown by ${grown}`)
  },
)
