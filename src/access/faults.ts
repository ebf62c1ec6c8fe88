/**
 * Owns the messages about callers who are refused, for a person: what about the request is refused,
 * and what to do. Faults of targets and rules are worded where they are checked.
 */
import { shown } from './shown.js'
import type { Caller } from './users/callers.js'

export function userFault({ user }: Caller): string {
  return user === undefined
    ? 'The kernel does not say which user made this connection. Its program may have closed it already.'
    : `The user ${shown(user)} is not allowed to call this proxy. Whoever runs it can change that with --allowed-user.`
}

export function hostFault(host: string): string {
  return `Host ${shown(host)} is not a name of this proxy: call it as "localhost", or add the name with --allowed-host.`
}

export function methodFault(method: string): string {
  return method === 'CONNECT'
    ? 'CONNECT is for forward proxies. This is a reverse proxy: call it like a server, and do not set it as HTTPS_PROXY.'
    : `${method} is not forwarded.`
}

export function originFault(origin: string | undefined, fetchSite = ''): string {
  return origin === undefined
    ? `Sec-Fetch-Site ${shown(fetchSite)} says that another web site made this request: web pages may call only if their origin is added with --allowed-origin.`
    : `Origin ${shown(origin)} is not allowed: web pages may call only if their origin is added with --allowed-origin.`
}
