import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { isInstalled } from '../clients/program.js'
import { CANCEL } from '../upstream/frames.js'
import { startStage } from '../upstream/start.js'

/** A minute of silence, and then ten questions a second apart. */
const FOUND_OUT_S = 100
/** Earlier it would have been something else that found it out. */
const QUIET_S = 50
const NOT_PERMITTED = 77

/**
 * Asks, reads the header, and is gone as if its machine were: a socket in repair mode is closed without
 * a FIN or RST. Before that, all that the proxy sent must be acknowledged, so that nothing but a
 * question of the proxy's kernel can find it out.
 */
const VANISH = `
import socket, sys, time
TCP_REPAIR = 19
port = int(sys.argv[1])
client = socket.create_connection(('127.0.0.1', port))
client.sendall(b'GET /v1/events HTTP/1.1\\r\\nhost: localhost\\r\\n\\r\\n')
assert client.recv(65536).startswith(b'HTTP/1.1 200'), 'no response'
pair = ['0100007F:%04X' % port, '0100007F:%04X' % client.getsockname()[1]]
def waiting():
    for row in open('/proc/net/tcp'):
        fields = row.split()
        if fields[1:3] == pair:
            return int(fields[4].split(':')[0], 16)
while waiting() > 0:
    time.sleep(0.01)
try:
    client.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
except PermissionError:
    sys.exit(${NOT_PERMITTED})
client.close()
`

t.test('a client that vanished from a quiet event stream gives its place back', async (t) => {
  if (process.platform !== 'linux' || !isInstalled('python3', ['--version'])) {
    t.comment('NOT CHECKED: needs Linux, and python3')
    return
  }
  const { server, proxy, logged } = await startStage(t, {
    onRequest: (stream) => stream.headers(200, [['content-type', 'text/event-stream']]),
  })
  const client = spawn('python3', ['-c', VANISH, new URL(proxy.listening).port], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [status] = (await once(client, 'exit')) as [number]
  if (status === NOT_PERMITTED) {
    t.comment('NOT CHECKED: a socket may not be put in repair mode here')
    return
  }
  t.equal(status, 0)
  t.equal(proxy.inFlight, 1)
  const beganMs = performance.now()
  const tooLate = setTimeout(FOUND_OUT_S * 1000, 'never found out', { ref: false })
  t.equal(await Promise.race([server.requests[0]?.reset, tooLate]), CANCEL)
  const seconds = (performance.now() - beganMs) / 1000
  t.comment(`found out after ${seconds.toFixed(1)} s`)
  t.ok(seconds > QUIET_S)
  t.equal(proxy.inFlight, 0)
  t.match(logged.at(-1), { msg: 'request', code: 'CLIENT_CLOSED' })
})
