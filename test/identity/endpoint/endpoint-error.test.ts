import t from 'tap'
import { ResponseTooLarge } from '../../../src/identity/endpoint/ask-endpoint.js'
import { endpointError, RefusedByEndpoint } from '../../../src/identity/endpoint/endpoint-error.js'
import type { MintError } from '../../../src/token/token-source.js'

/** What is told of an endpoint that refused with this body. */
function told(body: unknown, status = 400, headers: Record<string, string> = {}): MintError {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const cause = new RefusedByEndpoint({ status, headers: new Headers(headers), text })
  return endpointError(new Error('of Gaxios', { cause }), 'host.test')
}

/** What is told of a connection that failed with this code. */
function toldOf(code: string): MintError {
  const cause = Object.assign(new Error('CANARY'), { code })
  return endpointError(new Error('of Gaxios', { cause }), 'host.test')
}

t.test('each known code of a refusal says what to do', (t) => {
  const login = /^log in again with `tailer auth login`$/
  const restricted = /^the API key of the login is restricted: ask whoever administers Tailer$/
  const hints: Record<string, RegExp> = {
    invalid_grant:
      /revoked or has expired, or the clock .* is wrong: log in again, or create a new/,
    invalid_client: /deleted or disabled: log in again, or create a new key$/,
    unauthorized_client: /may not ask for this token: check its roles, and --token-type$/,
    invalid_request: /^check --audience and --token-type$/,
    invalid_scope: /^check --token-type$/,
    invalid_target: /^check the audience in the credentials file$/,
    access_denied: /^check the roles of the account$/,
    PERMISSION_DENIED: /role Service Account Token Creator on the account it impersonates$/,
    SERVICE_DISABLED: /^enable the IAM Service Account Credentials API in the project/,
    UNAUTHENTICATED: /^log in again, or create a new key$/,
    NOT_FOUND: /^check the address in --impersonate$/,
    TOKEN_EXPIRED: login,
    USER_DISABLED: /^the user was disabled: ask whoever administers Tailer$/,
    USER_NOT_FOUND: login,
    INVALID_REFRESH_TOKEN: login,
    MISSING_REFRESH_TOKEN: login,
    API_KEY_INVALID: login,
    API_KEY_SERVICE_BLOCKED: restricted,
    API_KEY_HTTP_REFERRER_BLOCKED: restricted,
    API_KEY_IP_ADDRESS_BLOCKED: restricted,
  }
  for (const [code, hint] of Object.entries(hints)) {
    t.match(told({ error: code }), { message: `host.test answered 400 (${code})`, hint }, code)
  }
  t.end()
})

t.test('the code is found where OAuth, Google’s APIs and Firebase put it', (t) => {
  const code = (error: unknown) => /\((.*)\)$/.exec(told({ error }).message)?.[1]
  t.equal(code('invalid_grant'), 'invalid_grant')
  t.equal(code({ message: 'TOKEN_EXPIRED' }), 'TOKEN_EXPIRED')
  t.equal(code({ message: 'USER_DISABLED : by CANARY' }), 'USER_DISABLED')
  t.equal(code({ message: 'API_KEY_INVALID: CANARY' }), 'API_KEY_INVALID')
  t.equal(code({ message: 'The caller', status: 'PERMISSION_DENIED' }), 'PERMISSION_DENIED')
  const details = [null, 7, { reason: 'CANARY' }, { reason: 'SERVICE_DISABLED' }]
  t.equal(code({ status: 'PERMISSION_DENIED', details }), 'SERVICE_DISABLED', 'the nearest cause')
  for (const none of [
    ...['CANARY', 'constructor', 'toString', '', null, 7, ['invalid_grant'], undefined],
    ...[{ message: 7 }, { message: 'was TOKEN_EXPIRED' }, { details: 'NOT_FOUND' }, { status: {} }],
  ]) {
    t.equal(told({ error: none }).message, 'host.test answered 400', JSON.stringify(none))
  }
  for (const body of ['', 'null', '[]', '"invalid_grant"', '{', '{"status":"NOT_FOUND"}']) {
    t.equal(told(body).message, 'host.test answered 400', body)
  }
  t.end()
})

t.test('without a code the status says what to do', (t) => {
  const hints: [status: number, hint: RegExp][] = [
    [400, /^the credentials may be damaged or out of date: log in again, or create a new key$/],
    [401, /^the credentials are refused: .* check the roles of the account$/],
    [403, /^the credentials are refused: .* check the roles of the account$/],
    [404, /^check the address of the endpoint: --google-token-url, --firebase-token-url/],
    [429, /^too many tokens were asked for: the proxy retries by itself, later$/],
    [499, /^check the address of the endpoint/],
    [500, /^nothing is wrong on this side: the proxy retries by itself$/],
  ]
  for (const [status, hint] of hints) {
    t.match(told('', status), { message: `host.test answered ${status}`, hint })
  }
  t.end()
})

t.test('a retry is put off for as long as was asked, a quarter of an hour at most', (t) => {
  const after = (text: string, date?: string) =>
    told('', 503, { 'retry-after': text, ...(date !== undefined && { date }) }).retryAfterMs
  const at = (ms: number) => new Date(ms).toUTCString()
  t.equal(told('', 503).retryAfterMs, 0)
  t.equal(after('0'), 0)
  t.equal(after('899'), 899_000)
  t.equal(after('901'), 900_000)
  t.equal(after(at(61_000), at(1_000)), 60_000)
  t.equal(after(at(1_000), at(61_000)), 0)
  t.equal(after(at(4e12), 'no date'), 900_000)
  for (const text of ['-7', '7s', 'soon', '1.5', '1.5.5']) t.equal(after(text, at(4e12)), 0, text)
  t.end()
})

t.test('an endpoint that is not reached says where to look', (t) => {
  const network = /^check the network; behind a company proxy, set HTTPS_PROXY$/
  const intercepted = /^if a company proxy intercepts TLS, name its CA in NODE_EXTRA_CA_CERTS$/
  const hints: Record<string, RegExp> = {
    ECONNREFUSED: network,
    ENOTFOUND: network,
    'proxy ECONNREFUSED': /^check HTTPS_PROXY, or put the host into NO_PROXY$/,
    'proxy 407': /^check HTTPS_PROXY, or put the host into NO_PROXY$/,
    CERT_HAS_EXPIRED: intercepted,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: intercepted,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: intercepted,
    ERR_TLS_CERT_ALTNAME_INVALID: intercepted,
  }
  for (const [code, hint] of Object.entries(hints)) {
    t.match(toldOf(code), { message: /^host\.test cannot be reached: /, hint, permanent: false })
  }
  t.match(toldOf('ECONNREFUSED').message, /: connection refused \(ECONNREFUSED\)$/)
  for (const error of [undefined, null, 'CANARY', new Error('CANARY'), { cause: 'CANARY' }]) {
    t.equal(endpointError(error, 'host.test').message, 'host.test cannot be reached: unknown')
  }
  const late = Object.assign(new Error('CANARY'), { name: 'AbortError' })
  const message = 'host.test did not respond within 10 s'
  t.match(endpointError({ cause: late }, 'host.test'), { message, hint: network })
  t.match(endpointError({ cause: new ResponseTooLarge() }, 'host.test'), {
    message: 'host.test sent a response of more than 64KiB',
  })
  t.end()
})
