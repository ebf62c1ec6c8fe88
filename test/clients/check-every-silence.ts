/** Owns how requests end that are with an upstream which says no more, and holds clients to it. */
import t from 'tap'
import type { Cli } from '../cli/spawn-cli.js'
import { type Cell, SILENT } from './cells.js'
import type { Client } from './client.js'
import { Play } from './play.js'
import { passedOn } from './responses.js'
import { socketPath, startBuiltProxy } from './start-built-proxy.js'

/** How requests end that are with the upstream, which says no more. */
interface Ending {
  readonly title: string
  readonly transport: Client['transport']
  readonly flags: readonly string[]
  /** Default: all of them. */
  readonly clients?: readonly string[]
  readonly end: (cli: Cli) => Promise<void>
  /** Of a proxy that ends with them. */
  readonly exitCode?: number
}

function impatient(transport: Client['transport']): Ending {
  return {
    title: `silence past the time limits, ${transport}`,
    transport,
    flags: ['--idle-timeout', '2s', '--response-timeout', '2s'],
    end: () => Promise.resolve(),
  }
}

/** For what differs to the proxy alone. */
const FEW = ['curl', "Node's fetch", 'urllib3']

function signalled(
  signal: NodeJS.Signals,
  transport: Client['transport'],
  clients?: readonly string[],
): Ending {
  return {
    ...(clients && { clients }),
    title: `a drain after ${signal} that is overrun, ${transport}`,
    transport,
    flags: ['--drain-timeout', '200ms'],
    end: (cli) => {
      cli.process.kill(signal)
      return Promise.resolve()
    },
    exitCode: 1,
  }
}

const ENDINGS: readonly Ending[] = [
  impatient('tcp'),
  impatient('unix'),
  signalled('SIGTERM', 'tcp'),
  signalled('SIGTERM', 'unix'),
  signalled('SIGINT', 'tcp', FEW),
  signalled('SIGHUP', 'tcp', FEW),
  {
    title: 'a second signal, tcp',
    clients: FEW,
    transport: 'tcp',
    flags: ['--drain-timeout', '1h'],
    end: async (cli) => {
      cli.process.kill('SIGTERM')
      await cli.logged('shutting down')
      cli.process.kill('SIGINT')
    },
    exitCode: 1,
  },
]

/** What ran is never sent again, however the proxy ends it. */
export function checkEverySilence(all: readonly Client[]): void {
  for (const ending of ENDINGS) {
    const clients = all.filter(
      ({ name, transport, missing, retriesErrors }) =>
        transport === ending.transport &&
        ending.clients?.includes(name) !== false &&
        missing === undefined &&
        retriesErrors !== true,
    )
    t.test(`what ran is never sent again: ${ending.title}`, async (t) => {
      const play = new Play()
      const listen = ending.transport === 'unix' ? `unix:${socketPath(t)}` : '127.0.0.1:0'
      const flags = ['--listen', listen, ...ending.flags]
      const { cli, origin } = await startBuiltProxy(t, play.server, flags)
      const work = clients.flatMap((client) => SILENT.map((cell) => ({ client, cell })))
      const jobs = work.map(({ client, cell }, i) => {
        return { origin, connection: i, path: play.add(client, cell), bodyBytes: 20 }
      })
      const running = clients.map((client) =>
        client.run(jobs.filter((_, i) => work[i]!.client === client)),
      )
      await passedOn(await play.allRan)
      await ending.end(cli)
      const seen = (await Promise.all(running)).flat()
      for (const [i, { client, cell }] of work.entries()) {
        const title = `${client.name}: ${nameOf(cell)}, then ${ending.title}`
        t.equal(play.violations(jobs[i]!.path, seen[i]!), 'none', title)
      }
      if (ending.exitCode !== undefined) t.equal(await cli.ended, ending.exitCode, 'exit code')
    })
  }
}

const nameOf = ({ said }: Cell): string => said.name
