/** Owns what is compared: this proxy, and the others that are installed, doing the same work. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CLI } from '../project-file.js'
import { TOKEN } from './work.js'

export interface PeerContext {
  readonly folder: string
  readonly caFile: string
  readonly upstreamPort: number
  readonly port: number
}

export interface Peer {
  readonly name: string
  /** The program it needs. */
  readonly program: string
  start(context: PeerContext): ChildProcess
}

function tailerProxy(name: string, ...flags: string[]): Peer {
  return {
    name,
    program: process.execPath,
    start: ({ caFile, upstreamPort, port }) =>
      spawn(
        process.execPath,
        [
          // As the image starts it.
          '--max-semi-space-size=8',
          CLI,
          'start',
          `--listen=127.0.0.1:${port}`,
          '--admin=off',
          `--upstream=https://127.0.0.1:${upstreamPort}`,
          `--ca-file=${caFile}`,
          ...flags,
        ],
        {
          stdio: ['ignore', 'ignore', 'ignore'],
          env: { HOME: '/nonexistent', TAILER_PROXY_TOKEN: TOKEN },
        },
      ),
  }
}

/** A peer that reads a config file. */
function configured(
  program: string,
  args: (file: string) => string[],
  config: (context: PeerContext) => string,
): Peer {
  return {
    name: program,
    program,
    start(context) {
      const file = join(context.folder, `${program}.conf`)
      writeFileSync(file, config(context))
      return spawn(program, args(file), {
        stdio: 'ignore',
        env: { ...process.env, HOME: context.folder },
      })
    },
  }
}

export const PEERS: readonly Peer[] = [
  tailerProxy('quiet', '--log-level=warn'),
  tailerProxy('request log', '--log-level=info'),
  tailerProxy('allowed user', '--log-level=warn', '--allowed-user=self'),
  configured(
    'caddy',
    (file) => ['run', '--adapter', 'caddyfile', '--config', file],
    ({ port, upstreamPort, caFile }) => `{
      admin off
      auto_https off
    }
    http://localhost:${port}, http://127.0.0.1:${port} {
      reverse_proxy https://127.0.0.1:${upstreamPort} {
        header_up Authorization "Bearer ${TOKEN}"
        transport http {
          tls_trusted_ca_certs ${caFile}
          versions 2
        }
      }
    }`,
  ),
  configured(
    'haproxy',
    (file) => ['-db', '-f', file],
    ({ port, upstreamPort, caFile }) => `defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend local
  bind 127.0.0.1:${port}
  http-request set-header authorization "Bearer ${TOKEN}"
  default_backend upstream
backend upstream
  http-reuse always
  server one 127.0.0.1:${upstreamPort} ssl verify required ca-file ${caFile} alpn h2
`,
  ),
  configured(
    'nghttpx',
    (file) => [`--conf=${file}`],
    ({ port, upstreamPort, caFile }) => `frontend=127.0.0.1,${port};no-tls
backend=127.0.0.1,${upstreamPort};;proto=h2;tls;sni=localhost
cacert=${caFile}
add-request-header=Authorization: Bearer ${TOKEN}
workers=1
errorlog-file=/dev/null
`,
  ),
]

export function isInstalled({ program }: Peer): boolean {
  return spawnSync('sh', ['-c', 'command -v "$0"', program]).status === 0
}
