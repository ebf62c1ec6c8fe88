import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createServiceAccount } from '../../../src/demo/create-service-account.js'
import type { Identity } from '../../../src/identity/identity.js'
import { loadFileIdentity } from '../../../src/identity/file/file-identity.js'
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

t.test('an error that nobody foresaw ends no process, and is told without the file', async (t) => {
  const path = fileOf(t, 'one')
  const source = { mint: () => Promise.reject(new Error()) }
  const identity = loadFileIdentity(path, { name: 'token file', hint: 'HINT' }, (text) => {
    if (text === 'odd') throw new TypeError(`what does ${text} mean?`)
    return { kind: 'static', email: `${text}@p.test`, keyId: undefined, source }
  })
  const { next } = follow(t, identity)
  writeFileSync(path, 'odd')
  t.equal(await next(), 'token file cannot be used (TypeError)')
  t.equal(identity.email, 'one@p.test', 'the old content stays')
  writeFileSync(path, 'two')
  t.equal(await next(), 'reloaded')
  t.equal(identity.email, 'two@p.test')
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
    hint: 'check the path; a relative one starts at the current directory',
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

t.test('a file that this user may not read says who should', (t) => {
  const path = fileOf(t, one)
  chmodSync(path, 0)
  // Nothing is forbidden to root.
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  try {
    t.match(loadFailure(['--credentials', path]), {
      message: 'credentials file cannot be read by this user',
      hint: 'let the user that runs tailer-proxy read it; in a container, run as its owner (--user)',
    })
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
  t.end()
})

/** Looks at a file every 10 ms; after `looks` a whole look is over, `next` waits for a change. */
function look(t: Test, path: string) {
  const seen: (string | undefined)[] = []
  const told = new EventEmitter()
  const end = watchFile({
    path,
    before: 'one',
    read: () => {
      told.emit('look')
      return readLimitedFile(path, 1_024)
    },
    changed: ({ text }) => {
      seen.push(text)
      told.emit('change')
    },
    lookMs: 10,
  })
  const stay = setInterval(() => undefined, 1_000)
  t.teardown(() => {
    clearInterval(stay)
    end()
  })
  const looks = async () => {
    await once(told, 'look')
    await once(told, 'look')
  }
  return { seen, end, looks, next: () => once(told, 'change') }
}

t.test('a change that no event tells of is found by looking, and told once', async (t) => {
  const elsewhere = fileOf(t, 'one')
  const path = join(folderOf(t), 'key.json')
  symlinkSync(elsewhere, path)
  const ended = look(t, path)
  const { seen, next, looks } = look(t, path)
  ended.end()
  await looks()
  for (const text of ['two', 'three']) {
    const change = next()
    writeFileSync(`${elsewhere}~`, text)
    renameSync(`${elsewhere}~`, elsewhere)
    await change
    await looks()
  }
  t.same(seen, ['two', 'three'])
  t.same(ended.seen, [], 'who ended hears of none')
})

t.test('a folder that is not there yet is no reason not to look', async (t) => {
  const folder = join(folderOf(t), 'later')
  const { seen, next, end } = look(t, join(folder, 'key.json'))
  await next()
  const change = next()
  mkdirSync(folder)
  writeFileSync(join(folder, 'key.json~'), 'two')
  renameSync(join(folder, 'key.json~'), join(folder, 'key.json'))
  await change
  t.same(seen, [undefined, 'two'])
  end()
})

t.test('to follow a file keeps no process alive', (t) => {
  const path = fileOf(t, 'one')
  const before = process.getActiveResourcesInfo()
  const end = watchFile({
    ...{ path, before: 'one', changed: () => undefined },
    read: () => readLimitedFile(path, 1_024),
  })
  t.same(process.getActiveResourcesInfo(), before)
  end()
  t.end()
})
