import type { FastifyInstance } from 'fastify'
import { AllowedHosts } from '../access/allowed-hosts.js'
import { createGuard } from '../access/guard.js'
import type { Callers } from '../access/users/callers.js'
import { createDoor, type DoorOptions } from '../proxy/door.js'
import type { Settings } from '../settings/table.js'

type Context = DoorOptions['context']

/** What the door needs besides the settings. */
export interface DoorParts extends Pick<
  Context,
  'upstream' | 'tokens' | 'traffic' | 'inspector' | 'clockSkew'
> {
  readonly callers: Callers | undefined
}

/** Creates the door from the settings: who may pass it, and how it forwards. */
export function createLocalDoor(
  settings: Settings,
  { callers, ...parts }: DoorParts,
): FastifyInstance {
  const { listen: address, allowedHosts, requireHeader } = settings
  const ownHost = address.kind === 'tcp' ? [address.host] : []
  const hosts = new AllowedHosts([...allowedHosts, ...ownHost])
  const requiredHeader = requireHeader && {
    name: requireHeader.name.toLowerCase(),
    value: requireHeader.value.reveal(),
  }
  const guard = createGuard({
    hosts: address.kind === 'unix' ? 'any' : hosts,
    origins: settings.allowedOrigins,
    rules: settings.rules,
    requiredHeader,
  })
  return createDoor({
    guard,
    callers: address.kind === 'tcp' ? callers : undefined,
    clientHeaderTimeoutMs: settings.clientHeaderTimeoutMs,
    context: {
      ...parts,
      hosts,
      requiredHeader: requiredHeader?.name,
      upstreamOrigin: settings.upstream,
      tokenHeader: settings.tokenHeader,
      maxInFlight: settings.maxInFlight,
      replayLimitBytes: settings.replayLimitBytes,
      responseTimeoutMs: settings.responseTimeoutMs,
      idleTimeoutMs: settings.idleTimeoutMs,
    },
  })
}
