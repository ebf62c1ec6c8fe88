import { accessSync, chmodSync, constants, lstatSync, statSync, unlinkSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { connect, isIPv6 } from 'node:net'
import { dirname } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { codeOf, EXIT, FatalError } from '../errors.js'
import { describeCode } from '../system-codes.js'
import type { Address } from '../settings/values/parse-address.js'

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EADDRNOTAVAIL: 'this machine has no such address',
  EAFNOSUPPORT: 'this machine does not have that kind of address',
  ENOENT: 'its directory does not exist',
  ENOTDIR: 'its directory is not a directory',
  ENOTFOUND: 'no such host',
}

/** How to fix it, where there is more to do than choose another address. */
const REMEDIES: Readonly<Partial<Record<string, string>>> = {
  EADDRINUSE: ', or stop what uses this one',
  EACCES: ', or let this user listen there',
  EPERM: ', or let this user listen there',
  EADDRNOTAVAIL: ': 127.0.0.1 is always there; `ip address` or `ifconfig` lists the others',
  EAFNOSUPPORT: ': 127.0.0.1 instead of [::1]',
  ENOENT: ', or create the directory',
  ENOTFOUND: ', or check the spelling of the name',
}

/**
 * Opens a listener. Returns its address as a URL: `http://127.0.0.1:8080`, `http://[::1]:8080`,
 * `unix:/path`.
 * @param flag named in errors
 * @param socketMode the permission bits of a unix socket
 * @throws {FatalError} with exit code 4
 */
export async function listen(
  server: FastifyInstance,
  address: Address,
  flag: string,
  socketMode: number,
): Promise<string> {
  try {
    if (address.kind === 'unix') {
      await listenOnSocket(server, address.path, flag, socketMode)
      return `unix:${address.path}`
    }
    await server.listen({ host: hostOf(address), port: address.port })
    const bound = server.server.address() as AddressInfo
    return `http://${isIPv6(bound.address) ? `[${bound.address}]` : bound.address}:${bound.port}`
  } catch (error) {
    if (error instanceof FatalError) throw error
    throw listenError(error, address, flag)
  }
}

/**
 * The host to listen on. The name `localhost` would open a second server, on ::1, that none of our
 * hooks sees.
 */
export function hostOf({ host }: { readonly host: string }): string {
  return host === 'localhost' ? '127.0.0.1' : host
}

/** The error for an address that cannot be listened on, with exit code 4. */
export function listenError(cause: unknown, address: Address, flag: string): FatalError {
  const code = codeOf(cause) ?? 'unknown'
  const off = flag === '--admin' ? ' (or off)' : ''
  const where = address.kind === 'unix' ? address.path : `${address.host}:${address.port}`
  return new FatalError(`cannot listen on ${where}: ${REASONS[code] ?? describeCode(code)}`, {
    exitCode: EXIT.listen,
    where: flag,
    hint: `give another address with ${flag}${off}${REMEDIES[code] ?? ''}`,
    cause,
  })
}

async function listenOnSocket(
  server: FastifyInstance,
  path: string,
  flag: string,
  mode: number,
): Promise<void> {
  if ((await whatIsAt(path, flag)) === 'stale') unlinkSync(path)
  // `bind` creates the socket with every bit that the umask leaves: only the owner's, and only
  // those in the mode. At no moment may someone connect who may not later.
  const before = process.umask(0o777 & ~(mode & 0o600))
  try {
    await server.listen({ path })
  } finally {
    process.umask(before)
  }
  if ((lstatSync(path).mode & 0o777) !== mode) chmodSync(path, mode)
}

/**
 * What already exists at the path of a unix socket: one left by a process that is gone may be
 * replaced.
 * @throws for anything else, and where no socket can be created
 */
export async function whatIsAt(path: string, flag: string): Promise<'nothing' | 'stale'> {
  // For a directory that is missing, or is not one, libuv would report EACCES.
  const directory = `${dirname(path)}/.`
  statSync(directory)
  accessSync(directory, constants.W_OK | constants.X_OK)
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return 'nothing'
  if (!found.isSocket()) {
    throw new FatalError(`cannot listen on ${path}: a file is there, and it is not a socket`, {
      exitCode: EXIT.listen,
      where: flag,
      hint: `give another path with ${flag}, or remove the file`,
    })
  }
  if (await isDead(path)) return 'stale'
  throw listenError({ code: 'EADDRINUSE' }, { kind: 'unix', path }, flag)
}

/**
 * Only a refusal means that nobody listens: a full queue or a lack of permission means that
 * somebody does.
 */
function isDead(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path })
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', (error) => {
      resolve(codeOf(error) === 'ECONNREFUSED')
    })
  })
}
