import { setTimeout } from 'node:timers/promises'
import { EXIT, FatalError } from '../errors.js'
import type { Settings } from '../settings/table.js'
import { type Address, printAddress } from '../settings/values/parse-address.js'
import {
  askProcess,
  askReadiness,
  findableAdmin,
  NO_RESPONSE,
  type Readiness,
} from './ask-readiness.js'
import { isOrDescends, isRunning } from './process-state.js'

/** Between two requests, in milliseconds. */
const PAUSE_MS = 100

/** How long to wait for a response before checking whether the process has ended. */
const LOOK_MS = 1_000

export interface WaitOptions {
  timeoutMs: number
  /** The proxy to wait for; undefined: whichever has the address. */
  pid: number | undefined
}

/** `tailer-proxy wait`: blocks until the proxy at the `--admin` address is ready. */
export async function wait(settings: Settings, { timeoutMs, pid }: WaitOptions): Promise<number> {
  const admin = findableAdmin(settings)
  const deadline = performance.now() + timeoutMs
  let heard: string | undefined
  for (;;) {
    if (pid !== undefined && !isRunning(pid)) throw failure(`process ${pid} is not running`, admin)
    const leftMs = Math.max(1, deadline - performance.now())
    const { ready, detail } =
      pid === undefined
        ? await askReadiness(admin, leftMs)
        : await askOwn(admin, pid, Math.min(leftMs, LOOK_MS))
    if (ready) return EXIT.ok
    // The last request may have had hardly any time: an earlier response says more.
    if (detail !== NO_RESPONSE) heard = detail
    if (performance.now() + PAUSE_MS >= deadline) {
      const last = heard === undefined || heard === detail ? detail : `${heard}, then ${detail}`
      throw failure(`not ready in time: ${last}`, admin)
    }
    await setTimeout(PAUSE_MS)
  }
}

/** Like `askReadiness`, but a different proxy at the address counts as not ready. */
async function askOwn(admin: Address, pid: number, timeoutMs: number): Promise<Readiness> {
  const found = await askProcess(admin, timeoutMs)
  if (typeof found === 'string') return { ready: false, detail: found }
  if (!isOrDescends(found, pid)) {
    return { ready: false, detail: `another proxy is there, process ${found}` }
  }
  return askReadiness(admin, timeoutMs)
}

function failure(what: string, admin: Address): FatalError {
  return new FatalError(what, {
    exitCode: EXIT.unavailable,
    where: printAddress(admin),
    hint: 'see the log of the proxy, or run tailer-proxy check',
  })
}
