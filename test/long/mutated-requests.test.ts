import t from 'tap'
import { closed } from '../closed.js'
import fc from 'fast-check'
import { openClient } from '../integration/raw-client.js'
import type { Seen } from '../integration/recording-upstream.js'
import { mutated } from './mutations.js'
import { readRequests, type Spelled } from './oracle.js'
import { startBuilt } from './start-built.js'

const RUNS = 20_000
/** So many at a time. */
const LANES = 100
const FORBIDDEN =
  /^(?:connection|expect|forwarded|host|http2-settings|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|x-forwarded-.*|x-real-ip|x-serverless-authorization)$/

t.test('the upstream sees only what the bytes spell, and the proxy goes on', async (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 0x7fff_ffff)
  t.comment(`SEED=${seed}`)
  const { upstream, port, child, complaints } = await startBuilt(t, [
    ...['--client-header-timeout', '1s', '--idle-timeout', '1s', '--max-in-flight', '4096'],
  ])
  const samples = fc.sample(mutated, { numRuns: RUNS, seed })
  // Each connection names itself, so that what the upstream sees can be told apart.
  const spelled = new Map<string, Spelled[]>()
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < samples.length) {
      const index = next++
      const name = `c${index}`
      const { bytes, split } = samples[index]!
      const last = 'GET /last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
      const text = mark(bytes + last, name)
      spelled.set(name, readRequests(text))
      const client = openClient(port)
      const middle = Math.floor(split * text.length)
      client.send(text.slice(0, middle))
      client.send(text.slice(middle))
      await closed(client.socket)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  await upstream.until(() => upstream.open.size === 0)

  t.comment(`${samples.length} connections, ${upstream.seen.length} requests upstream`)
  t.ok(upstream.seen.length > RUNS / 4, 'enough of them were let through')
  const faults = upstream.seen.flatMap((seen) => faultOf(seen, spelled))
  t.strictSame(faults.slice(0, 5), [], `${faults.length} faults`)
  t.equal(child.exitCode, null, 'it is still there')
  t.strictSame(complaints, [], 'and said nothing but a line a request')
  const good = openClient(port)
  good.send('GET /good HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  t.match(await good.closed(), [{ status: 200 }], 'and serves')
})

/** Gives every target in origin-form the connection's name as its first segment. */
function mark(bytes: string, name: string): string {
  return bytes.replaceAll(/([A-Z] +)\/(?!\/)/g, `$1/${name}/`)
}

function faultOf(seen: Seen, spelled: ReadonlyMap<string, Spelled[]>): unknown[] {
  const name = /^\/(c[0-9]+)\//.exec(seen.path)?.[1] ?? ''
  const alike = (spelled.get(name) ?? []).filter(
    ({ method, target, body }) =>
      method === seen.method && target === seen.path && body === seen.body,
  )
  const names = seen.fields.filter((_, i) => i % 2 === 0)
  const forbidden = names.find((field) => FORBIDDEN.test(field))
  const tokens = seen.fields.filter((_, i) => seen.fields[i - 1] === 'authorization')
  if (alike.length === 0) return [{ fault: 'not spelled', seen, spelled: spelled.get(name) }]
  if (forbidden !== undefined) return [{ fault: forbidden, seen }]
  if (tokens.join() !== 'Bearer static-token-of-the-tests') return [{ fault: 'token', seen }]
  const isInvented = (spelled: Spelled) =>
    seen.fields.some((value, i) => i % 2 === 1 && !isExplained(seen.fields[i - 1]!, value, spelled))
  return alike.every(isInvented) ? [{ fault: 'invented', seen, alike }] : []
}

/** A field of the upstream's request is ours by its name, or the client's by name and value. */
function isExplained(name: string, value: string, { fields }: Spelled): boolean {
  if (name.startsWith(':') || name === 'authorization' || name === 'x-request-id') return true
  const values = fields.filter(([own]) => own === name).map(([, own]) => own)
  return values.includes(value) || value === values.join(', ') || value === values.join('; ')
}
