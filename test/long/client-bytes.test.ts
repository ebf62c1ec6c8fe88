/** Bytes that clients of others' making send and get: they arrive as they were, whatever the timing. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { ServerHttp2Stream } from 'node:http2'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { startDoor } from '../integration/start-door.js'
import { isInstalled } from '../clients/program.js'

const run = promisify(execFile)

/** What a client got; values and body in Latin-1, one character a byte. */
interface Got {
  readonly status: number
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly trailers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  /** Where it was led. */
  readonly url: string
}

interface Asked {
  readonly url: string
  /** Of fields `x-name`, in Latin-1. */
  readonly names?: readonly string[]
  /** Sent byte by byte, so far apart. */
  readonly slowBody?: { readonly text: string; readonly gapMs: number }
}

type Ask = (asked: Asked) => Promise<Got>

const NODE = `
  const http = require('node:http')
  const { url, names, slowBody } = JSON.parse(process.argv[1])
  const ask = (url) => {
    const headers = { ...(names && { 'x-name': names }), ...(slowBody && { 'content-length': slowBody.text.length }) }
    const request = http.request(url, { method: slowBody ? 'POST' : 'GET', headers })
    request.on('response', (response) => {
      const { location } = response.headers
      if (location) return response.resume().on('end', () => ask(location))
      let body = ''
      response.setEncoding('latin1').on('data', (part) => (body += part)).on('end', () => {
        const pairs = (flat) => flat.flatMap((name, i) => (i % 2 ? [] : [[name.toLowerCase(), flat[i + 1]]]))
        const { statusCode: status, rawHeaders, rawTrailers, complete } = response
        if (!complete) throw new Error('truncated')
        console.log(JSON.stringify({ status, fields: pairs(rawHeaders), trailers: pairs(rawTrailers), body, url }))
      })
    })
    const send = (at) => {
      if (at === slowBody.text.length) return request.end()
      request.write(slowBody.text[at])
      setTimeout(send, slowBody.gapMs, at + 1)
    }
    if (slowBody) send(0)
    else request.end()
  }
  ask(url)`

const PYTHON = `
import http.client, json, sys, time, urllib.parse
asked = json.loads(sys.argv[1])
def ask(url):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    slow = asked.get('slowBody')
    connection.putrequest('POST' if slow else 'GET', parts.path)
    for name in asked.get('names', []): connection.putheader('x-name', name.encode('latin-1'))
    if slow: connection.putheader('content-length', str(len(slow['text'])))
    connection.endheaders()
    for part in slow['text'] if slow else '':
        connection.send(part.encode())
        time.sleep(slow['gapMs'] / 1000)
    response = connection.getresponse()
    location = response.getheader('location')
    if location: return ask(location)
    print(json.dumps({'status': response.status, 'body': response.read().decode('latin-1'), 'trailers': [],
        'fields': [[name.lower(), value] for name, value in response.getheaders()], 'url': url}))
ask(asked['url'])`

async function askScript(program: string, flag: string, script: string, asked: Asked) {
  const { stdout } = await run(program, [flag, script, JSON.stringify(asked)])
  return JSON.parse(stdout) as Got
}

/** curl takes and gives bytes as they are; a slow body is none of its talents. */
const askCurl: Ask = async ({ url, names = [] }) => {
  const heads = join(mkdtempSync(join(tmpdir(), 'tailer-proxy-')), 'heads')
  const flags = ['--silent', '--location', '--header', '@-', '--dump-header', heads]
  const child = run('curl', [...flags, '--write-out', '\n%{http_code} %{url_effective}', url], {
    encoding: 'latin1',
  })
  const lines = names.map((name) => `x-name: ${name}\n`)
  child.child.stdin?.end(Buffer.from(lines.join(''), 'latin1'))
  const { stdout } = await child
  const [, body = '', status = '', effective = ''] = /^([^]*)\n([0-9]{3}) (.*)$/.exec(stdout) ?? []
  const text = readFileSync(heads, 'latin1')
  rmSync(dirname(heads), { recursive: true })
  // Of the last response, after a redirect.
  const [head = '', trailers = ''] = text.slice(text.lastIndexOf('HTTP/1.1 ')).split('\r\n\r\n')
  const pairs = (text: string) =>
    [...text.matchAll(/^([\w-]+): (.*?)\r?$/gm)].map(
      ([, name = '', value = '']) => [name.toLowerCase(), value] as const,
    )
  return {
    status: Number(status),
    fields: pairs(head),
    trailers: pairs(trailers),
    body,
    url: effective,
  }
}

const CLIENTS: readonly (readonly [name: string, missing: boolean, ask: Ask])[] = [
  ['Node', false, (asked) => askScript(process.execPath, '-e', NODE, asked)],
  [
    'Python',
    !isInstalled('python3', ['--version']),
    (asked) => askScript('python3', '-c', PYTHON, asked),
  ],
  ['curl', !isInstalled('curl', ['--version']), askCurl],
]

function withEachClient(
  title: string,
  check: (t: Test, ask: Ask, client: string) => Promise<void>,
) {
  for (const [client, isMissing, ask] of CLIENTS) {
    if (isMissing) t.comment(`${client}, ${title}: NOT CHECKED, as it is not installed`)
    else t.test(`${client}: ${title}`, (t) => check(t, ask, client))
  }
}

const latin1 = (text: string) => Buffer.from(text).toString('latin1')
/** Latin-1, UTF-8 of two and of four bytes a character, and a byte that is neither. */
const VALUES = ['\xe5r.pdf', latin1('Отчёт.pdf'), latin1('📄.pdf'), 'a\x80\xffb']

withEachClient('bytes above 0x7f in field values go up as they are', async (t, ask) => {
  const { upstream, port } = await startDoor(t)
  t.equal((await ask({ url: `http://127.0.0.1:${port}/`, names: VALUES })).status, 200)
  const { fields } = upstream.seen[0]!
  t.same(
    fields.filter((_value, i) => fields[i - 1] === 'x-name'),
    VALUES,
  )
})

/** When the content comes, if there is any. */
const TIMINGS: Readonly<Record<string, (stream: ServerHttp2Stream) => void>> = {
  'with the header': (stream) => stream.end('body'),
  'in a later turn': (stream) => setTimeout(() => stream.end('body'), 20),
  'in two parts': (stream) => {
    stream.write('bo')
    setTimeout(() => stream.end('dy'), 20)
  },
}

withEachClient('bytes above 0x7f come down as they are', async (t, ask) => {
  const { upstream, port } = await startDoor(t)
  for (const [timing, send] of Object.entries(TIMINGS)) {
    for (const length of [{ 'content-length': 4 }, {}]) {
      upstream.answer = (stream) => {
        stream.respond({ ':status': 200, ...length, 'x-name': VALUES })
        send(stream)
      }
      const got = await ask({ url: `http://127.0.0.1:${port}/` })
      const found = got.fields.filter(([name]) => name === 'x-name')
      t.same(
        found.map(([, value]) => value),
        VALUES,
        timing,
      )
      t.match(got, { status: 200, body: 'body' }, timing)
    }
  }
})

withEachClient('trailers that must not be trailers spoil no response', async (t, ask, client) => {
  const { upstream, port } = await startDoor(t)
  upstream.answer = (stream) => {
    stream.respond({ ':status': 200 }, { waitForTrailers: true })
    stream.on('wantTrailers', () => {
      stream.sendTrailers({
        'content-length': '3',
        'content-encoding': 'gzip',
        host: 'other',
        authorization: 'x',
        'set-cookie': 'a=1',
        'x-checksum': '\xe9',
      })
    })
    stream.end('body')
  }
  const got = await ask({ url: `http://127.0.0.1:${port}/` })
  t.match(got, { status: 200, body: 'body' })
  // Python reads past trailers, and shows none.
  if (client !== 'Python') t.same(got.trailers, [['x-checksum', '\xe9']])
  t.notOk(got.fields.some(([name]) => name === 'set-cookie'))
})

withEachClient('a redirect to the upstream, by http: too, leads to the proxy', async (t, ask) => {
  const { upstream, port } = await startDoor(t)
  const { host } = new URL(upstream.origin)
  for (const scheme of ['http', 'https']) {
    upstream.answer = (stream, { path }) => {
      if (path === '/there') stream.respond({ ':status': 200 })
      else stream.respond({ ':status': 302, location: `${scheme}://${host}/there` })
      stream.end(path)
    }
    const got = await ask({ url: `http://127.0.0.1:${port}/here` })
    t.match(got, { status: 200, body: '/there', url: `http://127.0.0.1:${port}/there` })
  }
})

withEachClient('a small body may come slowly, as long as it comes', async (t, ask, client) => {
  if (client === 'curl') return
  const { upstream, port } = await startDoor(t, ['--idle-timeout', '1s'])
  const slowBody = { text: 'slow', gapMs: 400 }
  t.match(await ask({ url: `http://127.0.0.1:${port}/`, slowBody }), { status: 200 })
  t.match(upstream.seen, [{ body: 'slow' }])
})
