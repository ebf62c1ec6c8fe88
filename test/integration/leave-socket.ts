import { execFileSync } from 'node:child_process'

/** Leaves a unix socket behind, as a process does that is killed. */
export function leaveSocket(path: string): void {
  const script = `
    require('node:net').createServer().listen(${JSON.stringify(path)}, () => {
      process.kill(process.pid, 'SIGKILL')
    })`
  try {
    execFileSync(process.execPath, ['-e', script], { stdio: 'ignore' })
  } catch {
    // Killed, as it should be.
  }
}
