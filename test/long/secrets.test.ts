import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as after } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type Cli, spawnCli } from '../cli/spawn-cli.js'
import { idToken } from '../fakes/google.js'
import { type FakeAnswer, type FakeRequest, serve } from '../fakes/serve.js'
import { fileOf, folderOf } from '../identity/mint.js'
import { startUpstream } from '../integration/recording-upstream.js'
import { createConnectProxy } from '../upstream/connect-proxy.js'
import {
  BROKEN_FILES,
  checkNoSecret,
  everyIdentity,
  LOUD,
  type Run,
  SECRETS,
  selfSufficient,
} from './canaries.js'

type Answering = (request: FakeRequest) => FakeAnswer | undefined

const well: Answering = ({ url, body }) => {
  const token = idToken({ sub: 'someone' })
  // The machine's and the command's are bare, all others are in JSON.
  const isBare = url.pathname.endsWith('/identity') || body === SECRETS.printed
  return {
    headers: { 'metadata-flavor': 'Google' },
    body: isBare ? token : { id_token: token, access_token: SECRETS.given, expires_in: '3600' },
  }
}

/** The endpoint that echoes what it got, as some do, in each way that an answer can be wrong. */
const FAILURES: Record<string, Answering> = {
  refuses: ({ body, url }) => ({
    status: 400,
    body: { error: 'invalid_grant', error_description: `${body} ${url.href}` },
  }),
  breaks: ({ body }) => ({ status: 500, body }),
  redirects: ({ body }) => ({
    status: 307,
    headers: { location: `http://127.0.0.1:9/?${body}` },
    body,
  }),
  babbles: ({ body }) => ({ body: `${body} is no JSON` }),
  misleads: ({ body }) => ({ body: { id_token: `${body} with spaces`, access_token: [body] } }),
  floods: ({ body }) => ({ body: body.padEnd(100_000) }),
}

t.setTimeout(900_000)

async function endOf({ ended, stdout, stderr }: Cli) {
  return { code: await ended, printed: stdout(), told: stdout() + stderr() }
}

/** An upstream that says 401 and what it was sent, behind a proxy that wants a password. */
async function createSurroundings(t: Test) {
  const upstream = await startUpstream(t)
  upstream.answer = (stream) => {
    stream.respond({ ':status': 401, 'www-authenticate': 'Bearer' })
    stream.end('no')
  }
  const proxy = await createConnectProxy(t)
  return {
    upstream,
    flags: ['--upstream', upstream.origin, '--ca-file', upstream.caFile],
    environment: {
      ...LOUD,
      HTTPS_PROXY: `http://user:${SECRETS.proxy}@127.0.0.1:${proxy.port}`,
    },
  }
}

/** Head and body, once it listens. */
async function ask(socketPath: string, path: string): Promise<string> {
  for (;;) {
    try {
      return await new Promise<string>((resolve, reject) => {
        request({ socketPath, path, headers: { host: 'localhost' } }, (response) => {
          const head = `${String(response.statusCode)} ${response.rawHeaders.join(' ')}\n`
          text(response).then((body) => {
            resolve(head + body)
          }, reject)
        })
          .on('error', reject)
          .end()
      })
    } catch {
      await after(50)
    }
  }
}

/** Runs `start`, sends a request, looks at everything there is to see; gives all of it. */
async function serveAndLook(t: Test, argv: readonly string[], environment: Record<string, string>) {
  const folder = folderOf(t)
  const [door, admin] = [join(folder, 'door'), join(folder, 'admin')]
  const places = ['--listen', `unix:${door}`, '--admin', `unix:${admin}`]
  const cli = spawnCli(t, ['start', ...argv, ...places], environment)
  const answer = await ask(door, '/v1/dag/status?x=1')
  const seen = [answer]
  for (const path of ['/status', '/metrics', '/readyz']) seen.push(await ask(admin, path))
  const { pid } = cli.process
  for (const file of ['comm', 'cmdline']) seen.push(readFileSync(`/proc/${pid}/${file}`, 'utf8'))
  cli.process.kill('SIGTERM')
  const { code, told } = await endOf(cli)
  // Whoever gives a command line gives it to all who look.
  const own = argv.join('\0')
  return { code, answer, all: [told, ...seen].join('\n').replace(own, '') }
}

async function inPairs<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await run(item)
  }
  await Promise.all([worker(), worker()])
}

t.test('no secret comes out of any command, whatever the endpoint does', async (t) => {
  const { upstream, flags, environment } = await createSurroundings(t)
  const cases = await Promise.all(
    Object.entries(FAILURES).map(async ([failure, answer]) => {
      let assertions = 0
      const endpoint = await serve(t, (request) => {
        if (request.form.has('assertion')) assertions++
        return answer(request)
      })
      return Object.entries(everyIdentity(t, endpoint.origin)).map(([kind, run]) => ({
        what: `${kind}, ${failure}`,
        run,
        sent: () => assertions,
      }))
    }),
  )
  await inPairs(cases.flat(), async ({ what, run }) => {
    const loud = { ...environment, ...run.environment }
    const token = await endOf(spawnCli(t, ['token', ...run.argv], loud))
    t.equal(token.code, 5, `token: ${what}`)
    checkNoSecret(t, token.told, `token: ${what}`)

    const check = await endOf(spawnCli(t, ['check', ...run.argv, ...flags], loud))
    t.equal(check.code, 5, `check: ${what}`)
    checkNoSecret(t, check.told, `check: ${what}`)

    const start = await serveAndLook(t, [...run.argv, ...flags], loud)
    t.match(start.answer, /^503 .*TOKEN_UNAVAILABLE/, `start: ${what}`)
    t.equal(start.code, 0)
    checkNoSecret(t, start.all, `start: ${what}`)
  })
  t.ok(
    cases.flat().some(({ sent }) => sent() > 0),
    'assertions were sent',
  )
  t.equal(upstream.seen.filter(({ fields }) => fields.includes('authorization')).length, 0)
})

t.test('nor where all is well but the upstream, which says 401', async (t) => {
  const { upstream, flags, environment } = await createSurroundings(t)
  const endpoint = await serve(t, well)
  const runs = { ...everyIdentity(t, endpoint.origin), ...selfSufficient(t) }
  await inPairs(Object.entries<Run>(runs), async ([kind, run]) => {
    const loud = { ...environment, ...run.environment }
    const token = await endOf(spawnCli(t, ['token', ...run.argv], loud))
    t.equal(token.code, 0, kind)
    const printed = token.printed.trim()
    t.match(printed, /^\S+$/, 'one token')
    checkNoSecret(t, token.told.replace(printed, ''), `token: ${kind}`)

    const check = await endOf(spawnCli(t, ['check', ...run.argv, ...flags], loud))
    t.equal(check.code, 5, kind)
    checkNoSecret(t, check.told, `check: ${kind}`)

    const start = await serveAndLook(t, [...run.argv, ...flags], loud)
    t.match(start.answer, /^401 /, kind)
    t.equal(start.code, 0)
    checkNoSecret(t, start.all, `start: ${kind}`)
  })
  const bearers = upstream.seen.filter(({ fields }) => fields.includes('authorization'))
  t.ok(bearers.length >= 2 * Object.keys(runs).length, 'tokens were sent')
})

t.test('nor of a file that cannot be used', async (t) => {
  await inPairs(Object.entries(BROKEN_FILES), async ([what, content]) => {
    const path = fileOf(t, content)
    for (const command of ['token', 'check', 'start']) {
      const argv = [command, '--credentials', path, '--upstream', 'https://127.0.0.1:1']
      const { code, told } = await endOf(spawnCli(t, argv, LOUD))
      t.equal(code, 3, `${command}: ${what}`)
      checkNoSecret(t, told, `${command}: ${what}`)
    }
  })
})
