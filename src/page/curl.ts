import type { RequestDetail } from '../admin/documents.js'

/** The documentation's first example, for those who have not called anything yet. */
const EXAMPLE = {
  action: 'check_run_status',
  account: '000099',
  environment: 'DEV',
  configuration_type: 'table-to-table',
  configuration_id: '000099_iowa_liquor_prepare_pda_DEV',
  job_id: 'gbq-to-gbq|000099_iowa_liquor_prepare_pda_DEV',
  run_id: '20201230-112837-0a795c70-2557-4a60-ba16-788aa2bea179',
}

/** What curl adds itself, or what would make its output hard to read. */
const LEFT_OUT = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'cookie',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-request-id',
])

const CONTROL = new RegExp('[\\u0000-\\u001f\\u007f-\\u009f]', 'g')

/**
 * Owns curl lines to paste: always to this proxy, never with a token.
 * @param listen from the status document: `http://127.0.0.1:8080`, `unix:/path`
 */
export function exampleCurl(listen: string): string {
  const words = ['curl', ...targetWords(listen, '/v1/dag/status')]
  words.push('-H', quote('content-type: application/json'), '-d', quote(JSON.stringify(EXAMPLE)))
  return words.join(' ')
}

/** The same request again; without its body if only part of it is kept. */
export function curlOf({ method, target, request }: RequestDetail, listen: string): string {
  const words = ['curl', ...targetWords(listen, target)]
  const hasBody = request.body !== '' && !request.truncated
  if (method === 'HEAD') words.push('--head')
  else if (method !== (hasBody ? 'POST' : 'GET')) words.push('-X', quote(method))
  for (const [name, value] of request.headers) {
    // curl has its own syntax for an empty header.
    const field = value === '' ? `${name};` : `${name}: ${value}`
    if (!LEFT_OUT.has(name.toLowerCase())) words.push('-H', quote(field))
  }
  if (hasBody) words.push('--data-raw', quote(request.body))
  return words.join(' ')
}

function targetWords(listen: string, target: string): string[] {
  // curl would expand brackets and braces to other requests.
  const glob = /[[\]{}]/.test(target) ? ['--globoff'] : []
  const asIs = /\/\.\.?(?:\/|\?|$)/.test(target) ? ['--path-as-is'] : []
  if (listen.startsWith('unix:')) {
    const socket = ['--unix-socket', quote(listen.slice('unix:'.length))]
    return [...glob, ...asIs, ...socket, quote(`http://localhost${target}`)]
  }
  // A wildcard address is reached on loopback.
  const origin = listen.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
  return [...glob, ...asIs, quote(`${origin}${target}`)]
}

/**
 * As one word for a shell. Control characters, which a terminal would act upon when they are
 * pasted, are written as escapes (bash, zsh, ksh, POSIX 2024: `$'…'`).
 */
function quote(text: string): string {
  if (/^[A-Za-z0-9_./:@%+=,-]+$/.test(text)) return text
  if (text.search(CONTROL) === -1) return `'${text.replaceAll("'", "'\\''")}'`
  const escaped = text
    .replace(/[\\']/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replace(CONTROL, (character) => {
      const code = character.charCodeAt(0)
      return code < 0x80 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`
    })
  return `$'${escaped}'`
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}
