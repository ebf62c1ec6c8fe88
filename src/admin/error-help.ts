import { PROXY_ERRORS, type ProxyErrorCode } from '../errors.js'
import type { ErrorHelp, ErrorsDocument } from './documents.js'

const MAY_HAVE_RUN =
  '`detail` says whether it may have run: if so, check its status before you resend it'
const NOT_CARRIED = 'the proxy does not carry CONNECT, TRACE, other expectations or WebSockets'
const TOO_SLOW_OR_LARGE = 'the client was too slow, or sent over 16 KiB of headers'

/** What to do about each, as in the README's table "When something is wrong"; a test compares them. */
export const REMEDIES = {
  BAD_REQUEST: 'the request is ambiguous or its path is: `..`, `//`, `\\`, a bad `%`',
  HOST_NOT_ALLOWED: '`--allowed-host NAME`',
  ORIGIN_NOT_ALLOWED: '`--allowed-origin ORIGIN`',
  USER_NOT_ALLOWED: '`--allowed-user NAME`',
  NOT_ALLOWED: 'add an `--allow` rule, or drop `--read-only`',
  HEADER_REQUIRED: 'send the header of `--require-header`',
  METHOD_NOT_ALLOWED: NOT_CARRIED,
  REQUEST_TIMEOUT: TOO_SLOW_OR_LARGE,
  EXPECTATION_FAILED: NOT_CARRIED,
  HEADERS_TOO_LARGE: TOO_SLOW_OR_LARGE,
  NOT_IMPLEMENTED: NOT_CARRIED,
  UPSTREAM_UNREACHABLE:
    '`tailer-proxy check`; if the log says `proxy returned 407`: user and password in `HTTPS_PROXY`',
  UPSTREAM_TLS: '`--ca-file`; if the log says `no h2`: a proxy in between lacks HTTP/2',
  UPSTREAM_RESET: MAY_HAVE_RUN,
  UPSTREAM_PROTOCOL: MAY_HAVE_RUN,
  TOKEN_UNAVAILABLE:
    'wait as `retry-after` says; the log and `tailer-proxy check` say why no token was minted',
  OVERLOADED: 'send fewer requests at once, or raise `--max-in-flight`',
  SHUTTING_DOWN: 'try again on a new connection',
  UPSTREAM_TIMEOUT: MAY_HAVE_RUN,
} as const satisfies Record<ProxyErrorCode, string>

/** The same for refusals by the upstream. */
export const UPSTREAM_REMEDIES = {
  401: '`--audience`, `--token-type`, a new key, or `tailer auth login` again; set the clock',
  403: 'give the account `roles/run.invoker`, or have it added in Tailer',
} as const

/** Owns what each error means and what to do about it, in the README's words. */
export function errorsDocument(): ErrorsDocument {
  const codes = Object.entries(REMEDIES).map(([code, remedy]): [string, ErrorHelp] => {
    const [, , meaning] = PROXY_ERRORS[code as ProxyErrorCode]
    return [code, { meaning, remedy }]
  })
  return {
    codes: Object.fromEntries([
      ...codes,
      [
        'CLIENT_CLOSED',
        {
          meaning: 'The client closed the connection before the response was complete.',
          remedy: 'nothing, if that was meant; else raise the timeout of the client',
        },
      ],
    ]),
    upstream: {
      401: { meaning: 'The upstream refused the token.', remedy: UPSTREAM_REMEDIES[401] },
      403: {
        meaning: 'The upstream knows the account, and does not let it do this.',
        remedy: UPSTREAM_REMEDIES[403],
      },
    },
  }
}
