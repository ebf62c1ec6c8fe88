import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createExecSource } from '../../src/identity/exec.js'
import { MintError } from '../../src/token/token-source.js'
import { idToken } from '../fakes/google.js'
import { load } from '../settings/load.js'
import { folderOf } from './mint.js'

const { execPattern } = load()
const EXEC_URL = new URL('../../src/identity/exec.js', import.meta.url).href
const never = new AbortController().signal

function run(script: string, pattern = execPattern, signal = never) {
  return createExecSource([process.execPath, '-e', script], pattern).mint(signal)
}

async function failure(script: string, signal = never): Promise<MintError> {
  const error: unknown = await run(script, execPattern, signal).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof MintError) return error
  throw new Error('a token was minted')
}

t.test('the token is found below the banner of `tailer auth get-token`', async (t) => {
  const value = idToken({})
  const banner = `
    console.log('\\u001b[36m *** Tailer SDK ***\\u001b[0m\\n')
    console.log('User email : a@b.test')
    console.log('\\u001b[32mUser token : ${value}\\u001b[0m')
    console.log('Bye')`
  const token = await run(banner)
  t.equal(token.reveal(), value)
  t.ok(token.expiresAtMs > Date.now() + 3_500_000, 'its end is read from it')
})

t.test('a bare token is found, and a pattern of the user too', async (t) => {
  t.equal((await run(`console.log('abc.def')`)).reveal(), 'abc.def')
  t.equal((await run(`console.log('x\\n  t=abc;')`, /t=(\w+);/)).reveal(), 'abc')
})

t.test('a token that does not tell its end is asked for again after five minutes', async (t) => {
  const before = Date.now()
  const token = await run(`console.log('opaque')`)
  t.equal(token.expiresAtMs, Infinity)
  t.ok(token.renewAtMs >= before + 300_000 && token.renewAtMs <= Date.now() + 300_000)
})

t.test('a failed command tells its code and what it said, without secrets', async (t) => {
  const secret = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0'
  const error = await failure(`console.error('not logged in: ${secret}'); process.exit(7)`)
  t.equal(error.message, 'the command of --exec exited with code 7: not logged in: [redacted]')
  t.match(error.hint, /by hand/)
  t.notOk(error.permanent)
})

t.test('what --exec-pattern finds is a secret, wherever it was printed', async (t) => {
  const script = `console.error('the voucher is x7y8, of today'); process.exit(1)`
  await t.rejects(run(script, /voucher is (\w+)/), {
    message: /: the voucher is \[redacted\], of today$/,
  })
})

t.test('a command that prints no token, or too much, fails', async (t) => {
  t.match(await failure(`console.log('please log in first')`), { message: /printed no token/ })
  t.match(await failure(`console.log('User token : a\\u00e9b')`), { message: /printed no token/ })
  t.match(await failure(`process.stdout.write('x'.repeat(1e6)); setInterval(() => {}, 1e3)`), {
    message: /more than 64KiB/,
  })
})

t.test('a command that cannot be found ends the start', async (t) => {
  const source = createExecSource(['/nonexistent/tailer'], execPattern)
  await t.rejects(source.mint(never), { message: /was not found/, permanent: true })
})

t.test('where no more files may be opened it fails as any other command, and nothing ends', (t) => {
  const script = `
    const { openSync } = await import('node:fs')
    const { createExecSource } = await import(${JSON.stringify(EXEC_URL)})
    const source = createExecSource(['/bin/echo', 'abc'], /(\\S+)/)
    const mint = () => source.mint(new AbortController().signal)
    await mint()
    try { for (;;) openSync('/dev/null') } catch {}
    await mint().catch(({ name, message }) => console.log(name, message))`
  const limited = 'ulimit -n 64; exec "$0" --input-type=module -e "$1"'
  const printed = execFileSync('sh', ['-c', limited, process.execPath, script], { env: {} })
  t.equal(printed.toString(), 'MintError the command of --exec: too many open files (EMFILE)\n')
  t.end()
})

t.test('there is no shell', async (t) => {
  const mark = join(folderOf(t), 'mark')
  const source = createExecSource(
    [process.execPath, '-e', 'console.log(process.argv[1].length)', `$(touch ${mark}); x`],
    execPattern,
  )
  await source.mint(never)
  t.notOk(existsSync(mark))
})

t.test('what a command leaves behind holds no token up, and is left alone', async (t) => {
  const folder = folderOf(t)
  const script = `
    const { spawn } = require('node:child_process')
    const { writeFileSync } = require('node:fs')
    const stays = spawn('sleep', ['60'], { stdio: 'inherit' })
    writeFileSync(${JSON.stringify(join(folder, 'pid'))}, String(stays.pid))
    console.log('abc.def')
    process.exit()`
  const startedMs = performance.now()
  t.equal((await run(script)).reveal(), 'abc.def')
  t.ok(performance.now() - startedMs < 20_000, 'long before the time limit')
  process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGKILL')
})

t.test('all that a command printed is read, although it left something behind', async (t) => {
  const script = `
    require('node:child_process').spawn('sleep', ['2'], { stdio: 'inherit' })
    require('node:fs').writeSync(1, 'x'.repeat(60_000) + '\\nUser token : abc')
    process.exit()`
  const minting = run(script)
  // Whoever is busy comes late to both: the end of the command, and what it printed.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000)
  t.equal((await minting).reveal(), 'abc')
})

t.test('a command that hangs is killed with all that it started', async (t) => {
  const folder = folderOf(t)
  const abandon = new AbortController()
  const fifo = join(folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  // The pipe ends when whoever holds it does: both the command and what it started.
  const script = `
    const held = require('node:fs').openSync(${JSON.stringify(fifo)}, 'w')
    require('node:child_process').spawn('sh', ['-c', 'echo up; sleep 60; :'], {
      stdio: ['ignore', held, 'ignore'],
    })
    setInterval(() => {}, 1e3)`
  const hanging = failure(script, abandon.signal)
  const pipe = createReadStream(fifo)
  await once(pipe, 'data')
  abandon.abort()
  await once(pipe.resume(), 'end')
  t.equal((await hanging).message, 'the command of --exec was stopped')
})

t.test('a command that hangs is killed when the mint is given up', async (t) => {
  const abandon = new AbortController()
  const hanging = failure(
    `process.on('SIGTERM', () => {}); setInterval(() => {}, 1e3)`,
    abandon.signal,
  )
  setImmediate(() => {
    abandon.abort()
  })
  t.equal((await hanging).message, 'the command of --exec was stopped')
})

t.test('a pattern is not blamed for a machine that has no time for it', async (t) => {
  const nothing = new Int32Array(new SharedArrayBuffer(4))
  let tries = 0
  const pattern = Object.assign(/(.+)/, {
    exec(text: string) {
      // The process waits, as it does where others have the processor, and does not work.
      if (++tries === 1) Atomics.wait(nothing, 0, 0, 10_000)
      return RegExp.prototype.exec.call(/(.+)/, text)
    },
  })
  t.equal((await run(`console.log('abc')`, pattern)).reveal(), 'abc')
  t.ok(tries > 1)
})

t.test('a pattern that backtracks for ever is stopped', async (t) => {
  const minting = run(`console.log('a'.repeat(50))`, /^((a+)+)b$/)
  await t.rejects(minting, { message: /--exec-pattern takes too long/, hint: /backtracks/ })
})
