import type { RequiredHeader } from '../../settings/values/parse-header.js'

/** Owns what the demo prints: a command to try, and on a terminal what runs where. */

export interface Shown {
  /** `http://127.0.0.1:8080`, `unix:/path` */
  readonly listening: string
  readonly admin: string | undefined
  /** The header that each request must carry. */
  readonly header: RequiredHeader | undefined
  /** Addresses that were in use. */
  readonly moved: readonly string[]
  readonly isBold: boolean
}

/** The first example in Tailer's documentation. */
const EXAMPLE = {
  action: 'check_run_status',
  account: '000099',
  environment: 'DEV',
  configuration_type: 'table-to-table',
  configuration_id: '000099_iowa_liquor_prepare_pda_DEV',
  job_id: 'gbq-to-gbq|000099_iowa_liquor_prepare_pda_DEV',
  run_id: '20201230-112837-0a795c70-2557-4a60-ba16-788aa2bea179',
} as const

/** One line, for a program or a person to run as it is. */
export function curlLine({ listening, header }: Shown): string {
  const own = header === undefined ? '' : `${headerFlag(header)} `
  const data = `--data '${JSON.stringify(EXAMPLE)}'`
  return `curl --request POST --http2 --header "content-type:application/json" ${own}${data} ${targetOf(listening)}\n`
}

/** For a terminal of 80 columns or more, dark or light. */
export function greeting(shown: Shown): string {
  const { listening, admin, header, moved, isBold } = shown
  const bold = (text: string): string => (isBold ? `\x1b[1m${text}\x1b[22m` : text)
  const { action, account, environment, ...others } = EXAMPLE
  const first = JSON.stringify({ action, account, environment }).slice(1, -1).replaceAll(',', ', ')
  const rest = Object.entries(others).map(([name, value]) => `"${name}": "${value}"`)
  const body = [first.replaceAll('":', '": '), ...rest].map((line) => `      ${line}`).join(',\n')
  const notes = moved.map((address) => `${address} is in use, so the demo took a free port.`)
  return `
  ${bold('tailer-proxy demo')}: call the Tailer API on localhost without a token
${notes.map((note) => `  ${note}\n`).join('')}
    your program → ${callable(listening)} → HTTP/2 + JWT → embedded Tailer API

  ${bold('Try it')} in another terminal:

    curl ${targetOf(listening)} \\
      --header "content-type: application/json" ${header === undefined ? '' : `${headerFlag(header)} `}--data '{
${body}}'

${admin === undefined ? '' : `  ${bold('Watch it')}    ${pageOf(admin)}\n`}  ${bold('Use it')}      tailer-proxy --credentials your-credentials.json
  ${bold('Stop it')}     Ctrl-C

`
}

function targetOf(listening: string): string {
  const socket = /^unix:(.*)$/.exec(listening)?.[1]
  return socket === undefined
    ? `"${callable(listening)}/v1/dag/status"`
    : `--unix-socket '${socket.replaceAll("'", "'\\''")}' "http://localhost/v1/dag/status"`
}

function headerFlag({ name, value }: RequiredHeader): string {
  return `--header '${name}: ${value.reveal().replaceAll("'", "'\\''")}'`
}

/** The wildcard address can be listened on, but not called. */
function callable(listening: string): string {
  return listening.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
}

function pageOf(admin: string): string {
  return admin.startsWith('unix:') ? admin : `${callable(admin)}/`
}
