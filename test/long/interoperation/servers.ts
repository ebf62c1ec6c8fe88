/**
 * Owns HTTP/2 servers that nobody here wrote, each with TLS on a port of 127.0.0.1 and in front of
 * the same backend, where it can be.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'

export interface ServerContext {
  /** Of its own; anyone may write into it. */
  readonly folder: string
  readonly certFile: string
  readonly keyFile: string
  /** Certificate and key in one. */
  readonly pemFile: string
  readonly backendPort: number
  readonly port: number
}

export interface ForeignServer {
  readonly name: string
  readonly program: string
  readonly start: (context: ServerContext) => ChildProcess
  /** Takes up its configuration anew, and says GOAWAY to whom it served; absent where it cannot. */
  readonly reload?: (child: ChildProcess, context: ServerContext) => void
  /**
   * Its reload cuts some of the requests in flight now and then, whoever the client is: it says
   * GOAWAY with an error of its own, and closes before they are answered.
   */
  readonly reloadCuts?: true
  /** It has files of its own and no backend: `/echo` alone takes uploads, and sends them back. */
  readonly isPlain?: true
}

/** Where Debian puts servers, too. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin`

function configured(folder: string, name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

function run(program: string, args: readonly string[], folder: string): ChildProcess {
  return spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH, HOME: folder },
  })
}

const MODULES = '/usr/lib/apache2/modules'

export const SERVERS: readonly ForeignServer[] = [
  {
    name: 'nginx',
    program: 'nginx',
    start: ({ folder, certFile, keyFile, backendPort, port }) =>
      run(
        'nginx',
        [
          ...['-p', folder, '-e', join(folder, 'error.log'), '-c'],
          configured(
            folder,
            'nginx.conf',
            `daemon off;
            worker_processes 1;
            pid ${folder}/nginx.pid;
            events {}
            http {
              access_log off;
              client_max_body_size 100m;
              client_body_temp_path ${folder}/1;
              proxy_temp_path ${folder}/2;
              fastcgi_temp_path ${folder}/3;
              uwsgi_temp_path ${folder}/4;
              scgi_temp_path ${folder}/5;
              server {
                listen 127.0.0.1:${port} ssl http2;
                ssl_certificate ${certFile};
                ssl_certificate_key ${keyFile};
                location / {
                  proxy_pass http://127.0.0.1:${backendPort};
                  proxy_request_buffering off;
                }
              }
            }`,
          ),
        ],
        folder,
      ),
    reload: (child) => child.kill('SIGHUP'),
  },
  {
    name: 'Apache',
    program: 'apache2',
    start: ({ folder, certFile, keyFile, backendPort, port }) =>
      run(
        'apache2',
        [
          '-DFOREGROUND',
          '-f',
          configured(
            folder,
            'httpd.conf',
            `ServerRoot ${folder}
            ServerName 127.0.0.1
            PidFile ${folder}/httpd.pid
            ErrorLog ${folder}/error.log
            DefaultRuntimeDir ${folder}
            Listen 127.0.0.1:${port}
            ${['mpm_event', 'authz_core', 'ssl', 'http2', 'proxy', 'proxy_http']
              .map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`)
              .join('\n')}
            ${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
            Protocols h2
            SSLEngine on
            SSLCertificateFile ${certFile}
            SSLCertificateKeyFile ${keyFile}
            ProxyPass / http://127.0.0.1:${backendPort}/
            GracefulShutdownTimeout 10`,
          ),
        ],
        folder,
      ),
    reload: (child) => child.kill('SIGUSR1'),
    reloadCuts: true,
  },
  {
    name: 'Caddy',
    program: 'caddy',
    start: (context) =>
      run(
        'caddy',
        ['run', '--adapter', 'caddyfile', '--config', caddyfile(context)],
        context.folder,
      ),
    reload: (_child, context) => {
      spawnSync('caddy', [
        ...['reload', '--force', '--adapter', 'caddyfile', '--config', caddyfile(context)],
        ...['--address', `unix/${context.folder}/admin.sock`],
      ])
    },
  },
  {
    name: 'haproxy',
    program: 'haproxy',
    start: ({ folder, pemFile, backendPort, port }) =>
      run(
        'haproxy',
        [
          '-W',
          '-db',
          '-f',
          configured(
            folder,
            'haproxy.cfg',
            `defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend local
  bind 127.0.0.1:${port} ssl crt ${pemFile} alpn h2
  default_backend node
backend node
  server one 127.0.0.1:${backendPort}
`,
          ),
        ],
        folder,
      ),
    reload: (child) => child.kill('SIGUSR2'),
  },
  {
    name: 'h2o',
    program: 'h2o',
    start: ({ folder, certFile, keyFile, backendPort, port }) =>
      run(
        'h2o',
        [
          '-c',
          configured(
            folder,
            'h2o.conf',
            `listen:
  host: 127.0.0.1
  port: ${port}
  ssl:
    certificate-file: ${certFile}
    key-file: ${keyFile}
user: root
hosts:
  default:
    paths:
      /:
        proxy.reverse.url: http://127.0.0.1:${backendPort}/
`,
          ),
        ],
        folder,
      ),
  },
  {
    name: 'nghttpx',
    program: 'nghttpx',
    start: ({ folder, certFile, keyFile, backendPort, port }) =>
      run(
        'nghttpx',
        [
          `--conf=${configured(folder, 'nghttpx.conf', '')}`,
          `--frontend=127.0.0.1,${port}`,
          `--backend=127.0.0.1,${backendPort}`,
          '--workers=1',
          `--errorlog-file=${folder}/error.log`,
          keyFile,
          certFile,
        ],
        folder,
      ),
  },
  {
    name: 'nghttpd',
    program: 'nghttpd',
    isPlain: true,
    start: ({ folder, certFile, keyFile, port }) =>
      run(
        'nghttpd',
        [
          ...['--address=127.0.0.1', `--htdocs=${folder}`, '--echo-upload'],
          ...[String(port), keyFile, certFile],
        ],
        folder,
      ),
  },
]

function caddyfile({ folder, certFile, keyFile, backendPort, port }: ServerContext): string {
  return configured(
    folder,
    'Caddyfile',
    `{
      admin unix/${folder}/admin.sock
      auto_https off
    }
    https://127.0.0.1:${port} {
      bind 127.0.0.1
      tls ${certFile} ${keyFile}
      reverse_proxy 127.0.0.1:${backendPort}
    }`,
  )
}

export function isInstalled({ program }: ForeignServer): boolean {
  return spawnSync('sh', ['-c', 'command -v "$0"', program], { env: { PATH } }).status === 0
}

/** Resolves when it accepts connections. */
export async function untilOpen(port: number, child: ChildProcess): Promise<void> {
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended at start: ${said}`)
    const socket = connect({ host: '127.0.0.1', port })
    const isOpen = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
    ])
    socket.destroy()
    if (isOpen) return
    await after(50)
  }
}
