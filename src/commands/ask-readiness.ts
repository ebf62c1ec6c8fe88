import { request } from 'node:http'
import { codeOf, EXIT, FatalError } from '../errors.js'
import type { Settings } from '../settings/table.js'
import type { Address } from '../settings/values/parse-address.js'

const TIMEOUT_MS = 3_000
const MAX_ANSWER_BYTES = 64 * 1024

/** What the admin listener says; `reasons` is empty if it is ready. */
export interface Readiness {
  readonly ready: boolean
  /** One line, for a person. */
  readonly detail: string
}

/**
 * The admin address of the settings, where another process can find it.
 * @throws {FatalError} with exit code 2 if there is none
 */
export function findableAdmin({ admin, sources }: Settings): Address {
  const hint = 'give the same --admin address here and to the proxy'
  const where = sources.admin === 'default' ? '--admin' : sources.admin
  const details = { exitCode: EXIT.usage, where, hint }
  if (admin === 'off') throw new FatalError('the admin listener is off: nothing to ask', details)
  if (admin.kind === 'tcp' && admin.port === 0) {
    throw new FatalError('port 0 is any free port: nobody knows which to ask', details)
  }
  return admin
}

/** Asks `/readyz` once. Never rejects: a proxy that is not there is not ready. */
export function askReadiness(address: Address, timeoutMs = TIMEOUT_MS): Promise<Readiness> {
  return new Promise((resolve) => {
    const told = (ready: boolean, detail: string): void => {
      clearTimeout(timer)
      resolve({ ready, detail })
    }
    const asked = request(
      { ...targetOf(address), path: '/readyz', headers: { host: 'localhost' }, agent: false },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (part: string) => {
          text += part
          if (text.length > MAX_ANSWER_BYTES) asked.destroy()
        })
        answer.on('end', () => {
          if (answer.statusCode === 200) told(true, 'ready')
          else
            told(false, reasonsOf(text) ?? `the admin listener answered ${answer.statusCode ?? 0}`)
        })
        answer.on('error', () => {
          told(false, 'the answer broke off')
        })
      },
    )
    const timer = setTimeout(() => {
      told(false, 'no answer in time')
      asked.destroy()
    }, timeoutMs)
    asked.on('error', (error) => {
      told(false, `no proxy answers: ${codeOf(error) ?? 'unknown'}`)
    })
    asked.end()
  })
}

/** An address of all interfaces is asked on loopback. */
function targetOf(address: Address): object {
  if (address.kind === 'unix') return { socketPath: address.path }
  const { host, port } = address
  if (host === '0.0.0.0' || host === 'localhost') return { host: '127.0.0.1', port }
  return { host: host === '::' ? '::1' : host, port }
}

function reasonsOf(text: string): string | undefined {
  try {
    const { reasons } = JSON.parse(text) as { reasons?: unknown }
    return Array.isArray(reasons) && reasons.length > 0
      ? `not ready: ${reasons.join(', ')}`
      : undefined
  } catch {
    return undefined
  }
}
