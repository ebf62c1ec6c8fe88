import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createServiceAccount } from '../../../src/demo/create-service-account.js'
import type { Identity } from '../../../src/identity/identity.js'
import { watchFile } from '../../../src/identity/file/watch-file.js'
import { readLimitedFile } from '../../../src/settings/read-limited-text.js'
import { idToken } from '../../fakes/google.js'
import { follow } from '../follow.js'
import { fileOf, folderOf, identityOf, loadFailure, mint, mintFailure } from '../mint.js'

const one = { ...(await createServiceAccount()).keyFile, client_email: 'one@p.test' }
const endedToken = idToken({}, '-1h')
const two = { ...one, client_email: 'two@p.test' }

/** Follows an identity's file; `email` is that of a token minted now. */
function followAccount(t: Test, identity: Identity) {
  const email = async (): Promise<string> => {
    const [, claims = ''] = (await mint(identity)).reveal().split('.')
    return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iss: string }).iss
  }
  return { ...follow(t, identity), email }
}

t.test('a file that is renamed into place is used, as editors do it', async (t) => {
  const path = fileOf(t, one)
  const identity = identityOf(['--credentials', path])
  const { next, email } = followAccount(t, identity)
  t.equal(await email(), 'one@p.test')
  writeFileSync(`${path}~`, JSON.stringify(two))
  renameSync(`${path}~`, path)
  t.equal(await next(), 'reloaded')
  t.equal(await email(), 'two@p.test')
  t.equal(identity.email, 'two@p.test', 'for whoever looks at the status')
})

t.test('a secret that kubelet swaps is used', async (t) => {
  const folder = folderOf(t)
  const version = (name: string, content: object) => {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'key.json'), JSON.stringify(content))
  }
  version('..1', one)
  symlinkSync('..1', join(folder, '..data'))
  symlinkSync('..data/key.json', join(folder, 'key.json'))
  const identity = identityOf(['--credentials', join(folder, 'key.json')])
  const { next, email } = followAccount(t, identity)
  version('..2', two)
  symlinkSync('..2', join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
  rmSync(join(folder, '..1'), { recursive: true })
  t.equal(await next(), 'reloaded')
  t.equal(await email(), 'two@p.test')
})

t.test('of a bad file the old content stays, and a good one after it is used', async (t) => {
  const path = fileOf(t, one)
  const { next, email } = followAccount(t, identityOf(['--credentials', path]))
  writeFileSync(path, '{ "half": ')
  t.equal(await next(), 'credentials file is not JSON')
  t.equal(await email(), 'one@p.test')
  writeFileSync(path, JSON.stringify({ ...two, private_key: 'x' }))
  t.match(await next(), /private_key is not a complete private key/)
  t.equal(await email(), 'one@p.test')
  writeFileSync(path, JSON.stringify(two))
  t.equal(await next(), 'reloaded')
  t.equal(await email(), 'two@p.test')
})

t.test('a change between the reading and the following is seen', async (t) => {
  const path = fileOf(t, one)
  const identity = identityOf(['--credentials', path])
  writeFileSync(path, JSON.stringify(two))
  const { next, email } = followAccount(t, identity)
  t.equal(await next(), 'reloaded')
  t.equal(await email(), 'two@p.test')
})

t.test('a file that becomes a pipe, a directory or too large is not used', async (t) => {
  const path = fileOf(t, one)
  const { next, email } = followAccount(t, identityOf(['--credentials', path]))
  const becomes: [make: () => void, fault: string][] = [
    [() => execFileSync('mkfifo', [path]), 'is not a regular file'],
    [
      () => {
        mkdirSync(path)
      },
      'is a directory',
    ],
    [
      () => {
        writeFileSync(path, JSON.stringify(two).padEnd(64 * 1024 + 1))
      },
      'is larger than 64KiB',
    ],
  ]
  for (const [make, fault] of becomes) {
    rmSync(path, { recursive: true })
    make()
    t.equal(await next(), `credentials file ${fault}`)
    t.equal(await email(), 'one@p.test')
  }
})

t.test('what is no file is refused at once, and does not keep anyone waiting', (t) => {
  const fifo = join(folderOf(t), 'fifo')
  execFileSync('mkfifo', [fifo])
  for (const path of [fifo, '/dev/null', '/dev/zero']) {
    t.match(loadFailure(['--credentials', path]), {
      exitCode: 3,
      message: 'credentials file is not a regular file',
      hint: /^name a regular file/,
      where: path,
    })
    t.match(loadFailure([], { TAILER_PROXY_TOKEN_FILE: path }), {
      exitCode: 3,
      message: 'token file is not a regular file',
      hint: /^name a regular file/,
    })
  }
  t.end()
})

t.test('of a file that is gone no more tokens are made, until it is back', async (t) => {
  const path = fileOf(t, one)
  const identity = identityOf(['--credentials', path])
  const { next, email } = followAccount(t, identity)
  rmSync(path)
  t.equal(await next(), 'credentials file does not exist')
  t.match(await mintFailure(identity), {
    message: 'the credentials file is gone',
    permanent: false,
  })
  writeFileSync(path, JSON.stringify(one))
  t.equal(await next(), 'reloaded', 'the same content, too')
  t.equal(await email(), 'one@p.test')
})

t.test('a token file is followed', async (t) => {
  const path = fileOf(t, 'first\n', 'token')
  const identity = identityOf([], { TAILER_PROXY_TOKEN_FILE: path })
  const { next } = follow(t, identity)
  t.equal((await mint(identity)).reveal(), 'first')
  writeFileSync(path, 'not one token')
  t.equal(await next(), 'the token file holds no bearer token')
  t.equal((await mint(identity)).reveal(), 'first')
  writeFileSync(path, endedToken)
  t.equal(await next(), 'the token file holds an expired token')
  t.equal((await mint(identity)).reveal(), 'first')
  writeFileSync(path, 'second\n')
  t.equal(await next(), 'reloaded')
  t.equal((await mint(identity)).reveal(), 'second')
})

t.test('a change that no event tells of is found by looking', async (t) => {
  const elsewhere = fileOf(t, 'one')
  const path = join(folderOf(t), 'key.json')
  symlinkSync(elsewhere, path)
  const { promise, resolve } = withResolvers<unknown>()
  const stay = setInterval(() => undefined, 1_000)
  const end = watchFile({
    path,
    before: 'one',
    read: () => readLimitedFile(path, 1_024),
    changed: resolve,
    lookMs: 10,
  })
  t.after(() => {
    clearInterval(stay)
    end()
  })
  writeFileSync(elsewhere, 'two')
  t.same(await promise, { text: 'two' })
})

function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((given) => {
    resolve = given
  })
  return { promise, resolve }
}
