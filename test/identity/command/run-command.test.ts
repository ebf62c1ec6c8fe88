import { execFileSync } from 'node:child_process'
import { getEventListeners, once } from 'node:events'
import { createReadStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type CommandRun, runCommand } from '../../../src/identity/command/run-command.js'
import { MintError } from '../../../src/token/token-source.js'
import { folderOf } from '../mint.js'

const WORDS = { name: 'the program', hint: 'run it by hand' }

/** What a script of `sh` prints. */
function run(script: string, more: Partial<CommandRun> = {}): Promise<string> {
  const { signal } = new AbortController()
  return runCommand(['/bin/sh', '-c', script], { ...WORDS, signal, ...more })
}

async function failureOf(running: Promise<string>): Promise<MintError> {
  const error: unknown = await running.catch((thrown: unknown) => thrown)
  if (error instanceof MintError) return error
  throw new Error('it did its work')
}

t.test('what it printed is given, whatever it complained of', async (t) => {
  t.equal(await run('echo one; echo two'), 'one\ntwo\n')
  t.equal(await run('echo complaint >&2; echo one'), 'one\n')
  t.equal(await run('true'), '')
  t.equal(await run('head -c 200000 /dev/zero >&2; echo one'), 'one\n', 'a long complaint')
  t.equal(await run('read line || echo none'), 'none\n', 'it is asked nothing')
})

t.test('it prints 64 KiB at most', async (t) => {
  t.equal((await run('head -c 65536 /dev/zero')).length, 65_536)
  const failure = await failureOf(run('head -c 65537 /dev/zero; sleep 60'))
  t.match(failure, { message: 'the program printed more than 64KiB', ...HINT })
})

const HINT = { hint: WORDS.hint, permanent: false }

t.test('it has our environment, and what is given to it beside', async (t) => {
  process.env['RUN_COMMAND_TEST'] = 'ours'
  t.teardown(() => {
    delete process.env['RUN_COMMAND_TEST']
  })
  const script = 'echo "$RUN_COMMAND_TEST $OTHER"'
  t.equal(await run(script), 'ours \n')
  t.equal(await run(script, { environment: { OTHER: 'given' } }), 'ours given\n')
  t.equal(await run(script, { environment: { RUN_COMMAND_TEST: 'given' } }), 'given \n')
})

t.test('a failure says how it ended, and the last that it said', async (t) => {
  t.match(await failureOf(run('exit 3')), { message: 'the program exited with code 3', ...HINT })
  t.match(await failureOf(run('kill -9 $$')), { message: 'the program was killed by SIGKILL' })
  t.match(await failureOf(run('echo first >&2; echo last >&2; exit 1')), {
    message: 'the program exited with code 1: first; last',
    ...HINT,
  })
  t.match(await failureOf(run(`printf '\\033[31mred\\033[0m' >&2; exit 1`)), { message: /: red$/ })
  const findSecrets = (text: string) => [text.trim().split(' ')[0] ?? '']
  t.match(await failureOf(run('echo x7 is bad >&2; exit 1', { findSecrets })), {
    message: 'the program exited with code 1: [redacted] is bad',
  })
})

t.test('a program that cannot be started is told as that, whichever way it fails', async (t) => {
  const start = (...command: [string, ...string[]]) =>
    failureOf(runCommand(command, { ...WORDS, signal: new AbortController().signal }))
  const hint = 'give the full path of the program, and make sure that it is executable'
  const path = join(folderOf(t), 'program')
  writeFileSync(path, 'exit 0')
  t.match(await start(`${path}s`), { message: 'the program was not found', permanent: true, hint })
  t.match(await start(path), {
    message: 'the program: permission denied (EACCES)',
    ...{ permanent: true, hint },
  })
  t.match(await start(`${path}/`), {
    message: 'the program: a part of the path is not a directory (ENOTDIR)',
    ...{ permanent: true, hint },
  })
  t.match(await start('/bin/echo', 'a'.repeat(300_000)), {
    message: 'the program: the arguments are too long (E2BIG)',
    ...{ permanent: false, hint },
  })
})

t.test('it is stopped when it is given up, before it began too', async (t) => {
  const giveUp = new AbortController()
  const running = failureOf(run('sleep 60', { signal: giveUp.signal }))
  giveUp.abort()
  t.match(await running, { message: 'the program was stopped', ...HINT })
  t.match(await failureOf(run('sleep 60', { signal: giveUp.signal })), {
    message: 'the program was stopped',
  })
})

t.test('what it started is stopped with it, whatever that ignores', async (t) => {
  const giveUp = new AbortController()
  const fifo = join(folderOf(t), 'fifo')
  execFileSync('mkfifo', [fifo])
  // The pipe ends when the last of them does.
  const script = `exec 3>'${fifo}'; (trap '' TERM; echo up >&3; exec sleep 60) & wait`
  const running = failureOf(run(script, { signal: giveUp.signal }))
  const pipe = createReadStream(fifo)
  await once(pipe, 'data')
  giveUp.abort()
  await once(pipe.resume(), 'end')
  t.equal((await running).message, 'the program was stopped')
})

t.test('nothing of it is left when it ended', async (t) => {
  const { signal } = new AbortController()
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = [process.listenerCount('exit'), timers()]
  await run('echo one', { signal })
  await failureOf(run('exit 1', { signal }))
  t.same([process.listenerCount('exit'), timers()], before)
  t.same(getEventListeners(signal, 'abort'), [])
})
