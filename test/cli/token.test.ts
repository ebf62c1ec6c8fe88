import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeProtectedHeader, jwtVerify, UnsecuredJWT } from 'jose'
import t from 'tap'
import { createServiceAccount } from '../../src/demo/create-service-account.js'
import { redirected, spawnCli } from './spawn-cli.js'

t.test('token prints what google-jwt-generator.py prints, and nothing else', async (t) => {
  const { keyFile, publicKey } = await createServiceAccount()
  const file = join(t.testdir(), 'key.json')
  writeFileSync(file, `\uFEFF${JSON.stringify(keyFile)}`)
  const cli = spawnCli(t, ['token', file])
  t.equal(await cli.ended, 0)
  t.match(cli.stdout(), /^\S+\n$/)
  t.equal(cli.stderr(), '')

  const token = cli.stdout().trim()
  t.same(decodeProtectedHeader(token), { alg: 'RS256', typ: 'JWT', kid: keyFile.private_key_id })
  const { payload } = await jwtVerify(token, publicKey)
  const { iat = 0, exp = 0, ...claims } = payload
  t.equal(exp - iat, 3600)
  t.same(claims, {
    iss: keyFile.client_email,
    sub: keyFile.client_email,
    email: keyFile.client_email,
    aud: 'https://tailer-api-nqonovswsq-ew.a.run.app',
  })
})

t.test('bad credentials end with 3, a line that says why, and a hint', async (t) => {
  const { keyFile } = await createServiceAccount()
  const canary = 'c4n4ry'
  const cases: Record<string, [string, RegExp]> = {
    'no JSON': [`{"private_key": "${canary}`, /is not JSON/],
    'a truncated key': [
      JSON.stringify({ ...keyFile, private_key: keyFile.private_key.slice(0, 200) + canary }),
      /private_key is not a complete private key/,
    ],
  }
  const folder = t.testdir()
  for (const [name, [content, message]] of Object.entries(cases)) {
    const file = join(folder, 'key.json')
    writeFileSync(file, content)
    const cli = spawnCli(t, ['token', file])
    t.equal(await cli.ended, 3, name)
    t.match(cli.stderr(), message, name)
    t.match(cli.stderr(), /^tailer-proxy: .* \(.*key\.json\)\nhint: .*\n$/, name)
    t.notMatch(cli.stderr(), canary, name)
    t.equal(cli.stdout(), '', name)
  }
})

t.test('without credentials the hint names the three ways out', async (t) => {
  const cli = spawnCli(t, ['start'])
  t.equal(await cli.ended, 3)
  for (const way of ['--credentials', 'tailer auth login', 'tailer-proxy demo']) {
    t.match(cli.stderr(), way)
  }
})

t.test('a token that cannot be printed is no success', async (t) => {
  const environment = { TAILER_PROXY_TOKEN: 'abc' }
  const cli = spawnCli(t, ['token'], environment, { around: redirected('>/dev/full') })
  t.equal(await cli.ended, 1)
  t.equal(cli.stderr(), 'tailer-proxy: stdout cannot be written: ENOSPC\n')
})

t.test('a token that has expired is not printed', async (t) => {
  const expired = new UnsecuredJWT({}).setExpirationTime(1).encode()
  const cli = spawnCli(t, ['token', '--exec', `echo ${expired}`])
  t.equal(await cli.ended, 5)
  t.equal(cli.stdout(), '')
  t.match(
    cli.stderr(),
    /^tailer-proxy: the token had expired when it was received \(.*\)\nhint: .*clock.*\n$/,
  )
})
