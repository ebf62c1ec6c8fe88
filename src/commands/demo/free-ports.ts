import { codeOf } from '../../errors.js'
import { tryToBind } from '../../net/try-to-bind.js'
import type { Settings } from '../../settings/table.js'
import { type Address, printAddress } from '../../settings/values/parse-address.js'

/**
 * Owns the ports of the demo: if a default one is in use, it takes a free one instead.
 * @returns the settings, and the addresses that are in use
 */
export async function withFreePorts(
  settings: Settings,
): Promise<{ settings: Settings; moved: readonly string[] }> {
  const { listen, admin, sources } = settings
  const moved: string[] = []
  const freed = async (address: Address, source: string): Promise<Address> => {
    if (source !== 'default' || address.kind === 'unix' || !(await isInUse(address))) return address
    moved.push(printAddress(address))
    return { ...address, port: 0 }
  }
  return {
    settings: {
      ...settings,
      listen: await freed(listen, sources.listen),
      admin: admin === 'off' ? admin : await freed(admin, sources.admin),
    },
    moved,
  }
}

function isInUse({ host, port }: { host: string; port: number }): Promise<boolean> {
  return tryToBind(host, port).then(
    () => false,
    (error: unknown) => codeOf(error) === 'EADDRINUSE',
  )
}
