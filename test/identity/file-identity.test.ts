import { EventEmitter, once } from 'node:events'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createServiceAccount } from '../../src/demo/create-service-account.js'
import type { Identity } from '../../src/identity/identity.js'
import { watchFile } from '../../src/identity/watch-file.js'
import { fileOf, folderOf, identityOf, mint, mintFailure } from './mint.js'

const one = { ...(await createServiceAccount()).keyFile, client_email: 'one@p.test' }
const two = { ...one, client_email: 'two@p.test' }

/** Follows an identity's file; `next` gives what is told of the next change. */
function follow(t: { after(end: () => void): void }, identity: Identity) {
  const told = new EventEmitter()
  const end = identity.watch!({
    reloaded: () => told.emit('change', 'reloaded'),
    reloadFailed: (reason) => told.emit('change', reason),
  })
  // What follows a file does not keep a process alive; this does.
  const stay = setInterval(() => undefined, 1_000)
  t.after(() => {
    clearInterval(stay)
    end()
  })
  return {
    next: async () => ((await once(told, 'change')) as [string])[0],
    email: async () => {
      const [, claims = ''] = (await mint(identity)).reveal().split('.')
      return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iss: string }).iss
    },
  }
}

t.test('a file that is renamed into place is used, as editors do it', async (t) => {
  const path = fileOf(t, one)
  const { next, email } = follow(t, identityOf(['--credentials', path]))
  t.equal(await email(), 'one@p.test')
  writeFileSync(`${path}~`, JSON.stringify(two))
  renameSync(`${path}~`, path)
  t.equal(await next(), 'reloaded')
  t.equal(await email(), 'two@p.test')
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
  const { next, email } = follow(t, identity)
  version('..2', two)
  symlinkSync('..2', join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
  rmSync(join(folder, '..1'), { recursive: true })
  t.equal(await next(), 'reloaded')
  t.equal(await email(), 'two@p.test')
})

t.test('of a bad file the old content stays, and a good one after it is used', async (t) => {
  const path = fileOf(t, one)
  const { next, email } = follow(t, identityOf(['--credentials', path]))
  writeFileSync(path, '{ "half": ')
  t.equal(await next(), 'credentials file is not JSON')
  t.equal(await email(), 'one@p.test')
  writeFileSync(path, JSON.stringify({ ...two, private_key: 'x' }))
  t.match(await next(), /private_key is not a whole private key/)
  t.equal(await email(), 'one@p.test')
  writeFileSync(path, JSON.stringify(two))
  t.equal(await next(), 'reloaded')
  t.equal(await email(), 'two@p.test')
})

t.test('of a file that is gone no more tokens are made, until it is back', async (t) => {
  const path = fileOf(t, one)
  const identity = identityOf(['--credentials', path])
  const { next, email } = follow(t, identity)
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
  const end = watchFile(path, 'one', resolve, 10)
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
