import type { LoggerOptions } from 'pino'
import { onOneLine } from '../one-line.js'
import type { SettingDescription } from '../settings/describe-settings.js'

/**
 * Owns what a person reads on a terminal, before pino-pretty formats it: each request is one line,
 * and so is each setting.
 */
export const PRETTY_FORMAT: LoggerOptions = {
  hooks: {
    logMethod(args, log) {
      const [fields, message] = args as unknown as [Fields, string | undefined]
      if (message === 'request') log.call(this, printRequest(fields))
      else if (message === 'settings') log.call(this, printSettings(fields), message)
      else log.apply(this, args)
    },
  },
}

type Fields = Readonly<Record<string, unknown>>

/** `POST /v1/dag/status 502 in 6.3 ms: UPSTREAM_UNREACHABLE, proxy returned 407 (request ID)`. */
function printRequest(fields: Fields): string {
  const { requestId, method, path, status, durationMs, code, reason } = fields as Fields &
    Readonly<Record<string, string | number | undefined>>
  const request = [method, path, status].filter((part) => part !== '').join(' ')
  const why = [code, reason].filter((part) => part !== undefined).join(', ')
  const failure = why === '' ? '' : `: ${why} (request ${requestId ?? ''})`
  // The path comes from a client.
  return onOneLine(`${request} in ${durationMs ?? 0} ms${failure}`)
}

function printSettings({ settings }: Fields): object {
  const described = Object.entries(settings as Readonly<Record<string, SettingDescription>>)
  const lines = described.map(([name, { value, source }]) => {
    const items = [value].flat().filter((item) => item !== undefined)
    return [name, `${items.length > 0 ? items.map(String).join(', ') : 'none'} (${source})`]
  })
  return Object.fromEntries(lines) as object
}
