import { setTimeout } from 'node:timers/promises'
import { EXIT, FatalError } from '../errors.js'
import type { Settings } from '../settings/table.js'
import { printAddress } from '../settings/values/parse-address.js'
import { askReadiness, findableAdmin } from './ask-readiness.js'

/** Between two questions, in milliseconds. */
const PAUSE_MS = 100

/** `tailer-proxy wait`: blocks until the proxy at the `--admin` address is ready. */
export async function wait(settings: Settings, timeoutMs: number): Promise<number> {
  const admin = findableAdmin(settings)
  const deadline = performance.now() + timeoutMs
  const leftMs = (): number => Math.max(1, deadline - performance.now())
  for (;;) {
    const { ready, detail } = await askReadiness(admin, leftMs())
    if (ready) return EXIT.ok
    if (performance.now() + PAUSE_MS >= deadline) {
      throw new FatalError(`not ready in time: ${detail}`, {
        exitCode: EXIT.unavailable,
        where: printAddress(admin),
        hint: 'see the log of the proxy, or run tailer-proxy check',
      })
    }
    await setTimeout(PAUSE_MS)
  }
}
