import { createServer } from 'node:net'
import type { FatalError } from '../errors.js'
import { listenError } from '../proxy/listen.js'
import type { Settings } from '../settings/table.js'
import type { Address } from '../settings/values/parse-address.js'

/**
 * Finds a port that is in use before the first token is minted and the upstream dialled: the
 * listeners themselves open after that. Gives what is wrong with each.
 */
export async function tryToListen({ listen, admin }: Settings): Promise<FatalError[]> {
  const tried = [await tryAddress(listen, '--listen')]
  if (admin !== 'off') tried.push(await tryAddress(admin, '--admin'))
  return tried.filter((error) => error !== undefined)
}

/** A unix socket is left alone: whoever sees its file takes it for one that serves. */
function tryAddress(address: Address, flag: string): Promise<FatalError | undefined> {
  if (address.kind === 'unix' || address.port === 0) return Promise.resolve(undefined)
  const host = address.host === 'localhost' ? '127.0.0.1' : address.host
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error) => {
      resolve(listenError(error, address, flag))
    })
    server.listen({ host, port: address.port }, () => {
      server.close(() => {
        resolve(undefined)
      })
    })
  })
}
