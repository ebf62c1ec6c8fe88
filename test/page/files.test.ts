import { gunzipSync } from 'node:zlib'
import { request } from 'node:http'
import { once } from 'node:events'
import t from 'tap'
import { startDemo } from './browser.js'

const MOST_BYTES = 80 * 1024

/** As it comes, not decompressed. */
async function get(url: string, headers: Record<string, string> = {}) {
  const asked = request(url, { headers, agent: false }).end()
  const [response] = (await once(asked, 'response')) as [
    AsyncIterable<Buffer> & { statusCode: number; headers: Record<string, string> },
  ]
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part)
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }
}

t.test('the page is small, kept by browsers, and bound by a strict policy', async (t) => {
  const { admin } = await startDemo(t)
  const html = await get(`${admin}/`, { accept: 'text/html,*/*;q=0.8', 'accept-encoding': 'gzip' })
  t.equal(html.status, 200)
  t.equal(html.headers['cache-control'], 'no-store')
  const text = gunzipSync(html.body).toString()
  const files = [...text.matchAll(/"(\/page\/[^"]+)"/g)].map(([, path]) => path ?? '')
  t.equal(files.length, 3)
  let bytes = html.body.length
  for (const path of files) {
    const file = await get(`${admin}${path}`, { 'accept-encoding': 'gzip' })
    t.match(path, /-[0-9a-f]{16}\.(js|css|svg)$/)
    t.equal(file.headers['cache-control'], 'public, max-age=31536000, immutable', path)
    t.equal(file.headers['x-content-type-options'], 'nosniff')
    const plain = await get(`${admin}${path}`)
    t.equal(plain.headers['content-encoding'], undefined)
    t.ok(plain.body.equals(gunzipSync(file.body)), 'the same without compression')
    t.notMatch(plain.body.toString(), /https?:\/\/(?!www\.w3\.org|localhost|127)/, 'no other host')
    bytes += file.body.length
  }
  t.ok(bytes <= MOST_BYTES, `${bytes} bytes in all`)
  const policy = html.headers['content-security-policy'] ?? ''
  t.match(policy, /^default-src 'none';/)
  t.notMatch(policy, /unsafe|data:|\*/)
  t.match(policy, "frame-ancestors 'none'")
  t.equal(html.headers['referrer-policy'], 'no-referrer')
  t.notMatch(text, /<style|style=|onload|<script>/)
  t.equal((await get(`${admin}${files[0] ?? ''}x`)).status, 404)
})
