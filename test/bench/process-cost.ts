/** Owns the reading of what a process and its children cost, from Linux's /proc. */
import { readdirSync, readFileSync } from 'node:fs'

/** Of one clock tick, in microseconds (USER_HZ is 100). */
const TICK_US = 10_000

export interface ProcessCost {
  cpuUs: number
  rssMiB: number
}

/** Of the whole tree below `pid`, threads included. */
export function readCost(pid: number): ProcessCost {
  const [, fields = ''] = /^.*\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
  const numbers = fields.split(' ')
  const own: ProcessCost = {
    cpuUs: (Number(numbers[11]) + Number(numbers[12])) * TICK_US,
    rssMiB: Number(numbers[21]) / 256,
  }
  return childrenOf(pid)
    .map(readCost)
    .reduce((a, b) => ({ cpuUs: a.cpuUs + b.cpuUs, rssMiB: a.rssMiB + b.rssMiB }), own)
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
      .split(' ')
      .filter((text) => text.trim() !== '')
      .map(Number),
  )
}
