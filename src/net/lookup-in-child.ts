import { execFile } from 'node:child_process'
import { isSea } from 'node:sea'

/** Prints what the system's resolver finds, one address a line. */
const SCRIPT = `
require('node:dns').lookup(process.argv[1], { all: true }, (error, found) => {
  if (error) process.exitCode = 1
  else console.log(found.map(({ address }) => address).join('\\n'))
})`

/**
 * Asks the system's resolver in a separate process, which can be killed, unlike a thread that waits
 * for a silent DNS server.
 * @throws if it finds nothing, or cannot run
 */
export function lookupInChild(host: string, signal: AbortSignal): Promise<string[]> {
  // There is no Node to spawn: this process is the single executable.
  if (isSea()) return Promise.reject(new Error('cannot be asked'))
  return new Promise((resolve, reject) => {
    const argv = ['--no-warnings', '--eval', SCRIPT, host]
    const options = { signal, killSignal: 'SIGKILL', windowsHide: true } as const
    const child = execFile(process.execPath, argv, options, (error, stdout) => {
      process.off('exit', kill)
      if (error) reject(new Error('not found', { cause: error }))
      else resolve(stdout.trim().split('\n'))
    })
    const kill = (): void => {
      child.kill('SIGKILL')
    }
    process.once('exit', kill)
  })
}
