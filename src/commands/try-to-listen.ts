import { FatalError } from '../errors.js'
import { tryToBind } from '../net/try-to-bind.js'
import { hostOf, listenError, whatIsAt } from '../proxy/listen.js'
import type { Settings } from '../settings/table.js'
import type { Address } from '../settings/values/parse-address.js'

/**
 * Finds addresses that cannot be listened on before the first token is minted and the upstream
 * dialled: the listeners themselves open after that. Returns what is wrong with each.
 */
export async function tryToListen({ listen, admin }: Settings): Promise<FatalError[]> {
  const tried = [await tryAddress(listen, '--listen')]
  if (admin !== 'off') tried.push(await tryAddress(admin, '--admin'))
  return tried.filter((error) => error !== undefined)
}

async function tryAddress(address: Address, flag: string): Promise<FatalError | undefined> {
  try {
    // None is created: whoever sees a unix socket's file takes it for one that serves.
    if (address.kind === 'unix') await whatIsAt(address.path, flag)
    else if (address.port !== 0) await tryToBind(hostOf(address), address.port)
    return undefined
  } catch (error) {
    return error instanceof FatalError ? error : listenError(error, address, flag)
  }
}
