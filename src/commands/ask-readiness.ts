import { request } from 'node:http'
import { codeOf, EXIT, FatalError } from '../errors.js'
import type { Settings } from '../settings/table.js'
import type { Address } from '../settings/values/parse-address.js'
import { describeCode } from '../system-codes.js'

const TIMEOUT_MS = 3_000
const MAX_RESPONSE_BYTES = 64 * 1024

/** The detail if the listener did not respond in time. */
export const NO_RESPONSE = 'no response in time'

/** The admin listener's response. */
export interface Readiness {
  readonly ready: boolean
  /** One line, for a person. */
  readonly detail: string
}

interface AdminResponse {
  readonly status: number
  /** The document's members; none if it is not a JSON object. */
  readonly document: Readonly<Partial<Record<string, unknown>>>
}

/**
 * The configured admin address, if another process can find it.
 * @throws {FatalError} with exit code 2 if there is none
 */
export function findableAdmin({ admin, sources }: Settings): Address {
  const hint = 'give the proxy an --admin address, and the same one to this command'
  const where = sources.admin === 'default' ? '--admin' : sources.admin
  const details = { exitCode: EXIT.usage, where, hint }
  if (admin === 'off') throw new FatalError('the admin listener is off: nothing to ask', details)
  if (admin.kind === 'tcp' && admin.port === 0) {
    throw new FatalError('port 0 means any free port: it is not known which one to ask', details)
  }
  return admin
}

/** Requests `/readyz` once. Never rejects: a proxy that is not there is not ready. */
export async function askReadiness(address: Address, timeoutMs = TIMEOUT_MS): Promise<Readiness> {
  const response = await askAdmin(address, '/readyz', timeoutMs)
  if (typeof response === 'string') return { ready: false, detail: response }
  if (response.status === 200) return { ready: true, detail: 'ready' }
  const { reasons } = response.document
  const detail =
    Array.isArray(reasons) && reasons.length > 0
      ? `not ready: ${reasons.join(', ')}`
      : `the admin listener responded with status ${response.status}`
  return { ready: false, detail }
}

/**
 * The process behind an admin address, from its `/status`.
 * @returns a text for a person if nobody says so
 */
export async function askProcess(
  address: Address,
  timeoutMs = TIMEOUT_MS,
): Promise<number | string> {
  const response = await askAdmin(address, '/status', timeoutMs)
  if (typeof response === 'string') return response
  const { pid } = response.document
  return typeof pid === 'number' ? pid : 'something other than a tailer-proxy responds'
}

/** One request, on a new connection; a text for a person if there is no response. */
function askAdmin(
  address: Address,
  path: string,
  timeoutMs: number,
): Promise<AdminResponse | string> {
  return new Promise((resolve) => {
    const settle = (outcome: AdminResponse | string): void => {
      clearTimeout(timer)
      resolve(outcome)
    }
    const asked = request(
      { ...targetOf(address), path, headers: { host: 'localhost' }, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          text += part
          if (text.length > MAX_RESPONSE_BYTES) asked.destroy()
        })
        response.on('end', () => {
          settle({ status: response.statusCode ?? 0, document: membersOf(text) })
        })
        response.on('error', () => {
          settle('the response was truncated')
        })
      },
    )
    const timer = setTimeout(() => {
      settle(NO_RESPONSE)
      asked.destroy()
    }, timeoutMs)
    asked.on('error', (error) => {
      settle(`no proxy responds: ${describeCode(codeOf(error) ?? 'unknown')}`)
    })
    asked.end()
  })
}

/** For a wildcard address, uses loopback. */
function targetOf(address: Address): object {
  if (address.kind === 'unix') return { socketPath: address.path }
  const { host, port } = address
  if (host === '0.0.0.0' || host === 'localhost') return { host: '127.0.0.1', port }
  return { host: host === '::' ? '::1' : host, port }
}

function membersOf(text: string): AdminResponse['document'] {
  try {
    const document: unknown = JSON.parse(text)
    const isObject = typeof document === 'object' && document !== null
    return isObject ? (document as AdminResponse['document']) : {}
  } catch {
    return {}
  }
}
