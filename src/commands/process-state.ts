/** Owns what this machine says of another process. */
import { readFileSync } from 'node:fs'
import { codeOf } from '../errors.js'

/** A process that has ended but that its parent has not collected yet counts as ended. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // It is there, and of another user.
    return codeOf(error) === 'EPERM'
  }
  return statOf(pid)?.state !== 'Z'
}

/** Whether `pid` is `ancestor`, or one that it started, such as the Node of an `npx`. */
export function isOrDescends(pid: number, ancestor: number): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 0; at = statOf(at)?.parent) {
    if (at === ancestor) return true
  }
  return false
}

/** proc(5); elsewhere than on Linux there is none. */
function statOf(pid: number): { state: string; parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name in parentheses may hold anything, other parentheses too.
    const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state, parent: Number(parent) }
  } catch {
    return undefined
  }
}
