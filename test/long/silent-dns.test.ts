import { spawnSync } from 'node:child_process'
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Around, spawnCli } from '../cli/spawn-cli.js'

/** Not the one of any resolver that the machine itself may run. */
const ADDRESS = '127.83.0.53'
const HAS_NAMESPACES = spawnSync('unshare', ['--mount', 'true']).status === 0

const ENVIRONMENT = {
  TAILER_PROXY_TOKEN: 'abc',
  TAILER_PROXY_UPSTREAM: 'https://api.dns.test:1',
  TAILER_PROXY_LISTEN: '127.0.0.1:0',
  TAILER_PROXY_ADMIN: 'off',
  TAILER_PROXY_CONNECT_TIMEOUT: '4s',
}

interface DnsServer {
  readonly around: Around
  readonly answer: (on: boolean) => void
  /** Resolves with the next question. */
  readonly asked: () => Promise<unknown>
}

/** A DNS server that says nothing until it is told to; then every name is 127.0.0.1. */
async function createDnsServer(t: Test): Promise<DnsServer> {
  let answers = false
  const server = createSocket('udp4')
  server.on('message', (query: Buffer, { port, address }: RemoteInfo) => {
    if (answers) server.send(answerOf(query), port, address)
  })
  server.bind(53, ADDRESS)
  await once(server, 'listening')
  t.teardown(() => server.close())
  const file = join(t.testdir(), 'resolv.conf')
  writeFileSync(file, `nameserver ${ADDRESS}\nsearch one.test two.test\n`)
  const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
  return {
    around: (command) => ['unshare', '--mount', 'sh', '-c', script, file, ...command],
    answer: (on) => (answers = on),
    asked: () => once(server, 'message'),
  }
}

/** RFC 1035 §4: the question again, and for type A an answer that points to its name. */
function answerOf(query: Buffer): Buffer {
  let end = 12
  while (query[end] !== 0) end += (query[end] ?? 0) + 1
  const isV4 = query.readUInt16BE(end + 1) === 1
  const head = Buffer.from([0x81, 0x80, 0, 1, 0, isV4 ? 1 : 0, 0, 0, 0, 0])
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 127, 0, 0, 1])
  return Buffer.concat([
    query.subarray(0, 2),
    head,
    query.subarray(12, end + 5),
    ...(isV4 ? [record] : []),
  ])
}

/** getaddrinfo would go on for three names, 10 s each. */
const LONGEST_MS = 9_000

if (!HAS_NAMESPACES) {
  t.comment('not tested: silent DNS servers need unshare --mount, as root')
} else {
  t.test('a silent DNS server does not hold up the end of a process', async (t) => {
    const { around } = await createDnsServer(t)
    const startedMs = performance.now()
    const cli = spawnCli(t, ['run', '--', 'echo', 'done'], ENVIRONMENT, { around })
    t.equal(await cli.ended, 0)
    t.equal(cli.stdout(), 'done\n')
    t.ok(performance.now() - startedMs < LONGEST_MS)
  })

  t.test('after an outage the first request waits for no abandoned lookup', async (t) => {
    const dns = await createDnsServer(t)
    const cli = spawnCli(t, ['start'], ENVIRONMENT, dns)
    const { listen } = await cli.logged('ready')
    const failed = await fetch(`${String(listen)}/`)
    t.equal(failed.status, 504)
    dns.answer(true)
    const startedMs = performance.now()
    const answered = await fetch(`${String(listen)}/`)
    t.equal(answered.status, 502, 'the name is found; nobody listens there')
    t.ok(performance.now() - startedMs < 2_000)

    dns.answer(false)
    const asked = dns.asked()
    const waiting = fetch(`${String(listen)}/`).then(({ status }) => status)
    await asked
    cli.process.kill('SIGTERM')
    t.equal(await waiting, 504)
    const drainedMs = performance.now()
    t.equal(await cli.ended, 0)
    t.ok(performance.now() - drainedMs < 2_000)
  })
}
