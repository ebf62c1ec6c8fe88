import { EXIT, FatalError } from '../errors.js'
import type { Settings } from '../settings/table.js'
import { printAddress } from '../settings/values/parse-address.js'
import { askReadiness, findableAdmin } from './ask-readiness.js'

/** `tailer-proxy healthcheck`: whether the proxy at the `--admin` address is ready. */
export async function healthcheck(settings: Settings): Promise<number> {
  const admin = findableAdmin(settings)
  const { ready, detail } = await askReadiness(admin)
  if (ready) return EXIT.ok
  throw new FatalError(detail, { exitCode: EXIT.unavailable, where: printAddress(admin) })
}
