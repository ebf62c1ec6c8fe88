/** Owns what the machine knows about another process. */
import { readFileSync } from 'node:fs'
import { codeOf } from '../errors.js'

/** A zombie, which has ended but was not reaped by its parent yet, counts as ended. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // It exists, and belongs to another user.
    return codeOf(error) === 'EPERM'
  }
  return statOf(pid)?.state !== 'Z'
}

/** Whether `pid` is `ancestor` or a descendant of it, such as the Node started by an `npx`. */
export function isOrDescends(pid: number, ancestor: number): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 0; at = statOf(at)?.parent) {
    if (at === ancestor) return true
  }
  return false
}

/** proc(5); only Linux has it. */
function statOf(pid: number): { state: string; parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name in parentheses may contain anything, even parentheses.
    const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state, parent: Number(parent) }
  } catch {
    return undefined
  }
}
