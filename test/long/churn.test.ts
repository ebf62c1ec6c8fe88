import { once } from 'node:events'
import { request } from 'node:http'
import t from 'tap'
import { spawnCli } from '../cli/spawn-cli.js'

const AT_ONCE = 50
const WARM_UP = 2_000
const CONNECTIONS = 5_000
/** What the allocator may keep; a leak of a connection's state would be ten times that. */
const SLACK_BYTES = 30 * 1024 * 1024

t.test(
  '5,000 connections leave descriptors and memory where they were',
  { skip: process.platform === 'linux' ? false : 'the figures come from /proc', timeout: 120_000 },
  async (t) => {
    const ports = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--log-format', 'json']
    const cli = spawnCli(t, ['demo', ...ports])
    const { listen, admin } = await cli.logged('ready')

    /** On a connection of its own, every other one broken off before the answer. */
    const call = async (index: number): Promise<void> => {
      const asked = request(`${String(listen)}/v1/nowhere`, { agent: false })
      asked.on('error', () => undefined).end()
      if (index % 2 === 0) {
        const [answer] = (await once(asked, 'response')) as [NodeJS.ReadableStream]
        await once(answer.resume(), 'end')
      } else {
        await once(asked, 'finish')
        asked.destroy()
        // Not `once`: breaking off is an error to the request.
        await new Promise((resolve) => asked.once('close', resolve))
      }
    }
    const churn = async (count: number): Promise<void> => {
      let next = 0
      const worker = async (): Promise<void> => {
        while (next < count) await call(next++)
      }
      await Promise.all(Array.from({ length: AT_ONCE }, worker))
    }
    const figure = async (name: string): Promise<number> => {
      const text = await (await fetch(`${String(admin)}/metrics`)).text()
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
    }
    /** Descriptors once no request is in flight and the last sockets are gone. */
    const settled = async (limit: number): Promise<number> => {
      for (;;) {
        const fds = await figure('process_open_fds')
        if (fds <= limit && (await figure('tailer_proxy_requests_in_flight')) === 0) return fds
      }
    }

    const before = await figure('process_open_fds')
    await churn(WARM_UP)
    const rssBefore = await figure('process_resident_memory_bytes')
    await churn(CONNECTIONS)
    t.equal(await settled(before), before, 'file descriptors')
    const grown = (await figure('process_resident_memory_bytes')) - rssBefore
    t.ok(grown < SLACK_BYTES, `grown by ${Math.round(grown / 1024)} KiB`)
    t.comment(`${before} descriptors; memory grown by ${Math.round(grown / 1024)} KiB`)
  },
)
