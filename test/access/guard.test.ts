import t from 'tap'
import { AllowedHosts } from '../../src/access/allowed-hosts.js'
import { createGuard, type GuardOptions } from '../../src/access/guard.js'
import { parseRule } from '../../src/settings/values/parse-rule.js'

/** What the guard says of a request: the code, `pass`, or `preflight`. */
function verdict(
  fields: readonly string[],
  request: { method?: string; target?: string; httpVersion?: string } = {},
  options: Partial<GuardOptions> = {},
): string {
  const guard = createGuard({
    hosts: new AllowedHosts([]),
    origins: ['http://app'],
    rules: undefined,
    requiredHeader: undefined,
    ...options,
  })
  const { refused, preflight } = guard({
    method: 'GET',
    target: '/',
    httpVersion: '1.1',
    rawHeaders: fields,
    ...request,
  })
  return refused ?? (preflight ? 'preflight' : 'pass')
}

const HOST = ['Host', 'localhost']
const BAD = 'BAD_REQUEST'

t.test('what is wrong first is said first', (t) => {
  const evil = ['Host', 'evil', 'Origin', 'http://evil']
  t.equal(verdict([...HOST, ...HOST]), BAD)
  t.equal(verdict(evil), 'HOST_NOT_ALLOWED')
  t.equal(verdict(evil, { method: 'TRACE' }), 'HOST_NOT_ALLOWED')
  t.equal(verdict([...HOST, 'Origin', 'http://evil'], { method: 'TRACE' }), 'METHOD_NOT_ALLOWED')
  t.equal(verdict([...HOST, 'Origin', 'http://evil'], { target: '/..' }), BAD)
  t.equal(verdict([...HOST, 'Origin', 'http://evil', 'Upgrade', 'websocket']), 'ORIGIN_NOT_ALLOWED')
  t.end()
})

t.test('framing that the parser may let through is refused', (t) => {
  const TE = 'Transfer-Encoding'
  const CL = 'Content-Length'
  const table: Record<string, readonly [fields: string[], httpVersion?: string]> = {
    'TE and CL': [[TE, 'chunked', CL, '1']],
    'CL and TE': [[CL, '1', TE, 'chunked']],
    'two CL': [[CL, '1', CL, '1']],
    'two TE': [[TE, 'chunked', TE, 'chunked']],
    'a coding before chunked': [[TE, 'gzip, chunked']],
    'an empty TE': [[TE, '']],
    'a CL list': [[CL, '1, 1']],
    'a signed CL': [[CL, '+1']],
    'a CL beyond what numbers hold': [[CL, '9007199254740993']],
    'TE in 1.0': [[TE, 'chunked'], '1.0'],
    'version 0.9': [[], '0.9'],
    'version 2.0': [[], '2.0'],
  }
  for (const [name, [fields, httpVersion = '1.1']] of Object.entries(table)) {
    t.equal(verdict([...HOST, ...fields], { httpVersion }), BAD, name)
  }
  t.equal(verdict([...HOST, TE, 'Chunked']), 'pass')
  t.equal(verdict([...HOST, CL, '0']), 'pass')
  t.equal(verdict([...HOST, CL, '999999999999999']), 'pass', 'a petabyte')
  t.equal(verdict(HOST, { httpVersion: '1.0' }), 'pass')
  t.end()
})

t.test('a browser’s word that its own site or its user asked passes, any other does not', (t) => {
  const site = (...values: string[]) =>
    verdict([...HOST, ...values.flatMap((value) => ['Sec-Fetch-Site', value])])
  t.equal(site('same-origin'), 'pass')
  t.equal(site('none'), 'pass')
  t.equal(site('same-site'), 'ORIGIN_NOT_ALLOWED')
  t.equal(site(''), 'ORIGIN_NOT_ALLOWED')
  for (const said of [
    ['none', 'cross-site'],
    ['cross-site', 'none'],
    ['none', 'none'],
  ]) {
    t.equal(site(...said), 'ORIGIN_NOT_ALLOWED', said.join(' and '))
  }
  const fromPage = [...HOST, 'Sec-Fetch-Site', 'cross-site', 'Origin', 'http://app']
  t.equal(verdict(fromPage), 'pass', 'an allowed origin may be on another site')
  t.end()
})

t.test('of two origins none is allowed, whichever comes last', (t) => {
  const two = (a: string, b: string) => verdict([...HOST, 'Origin', a, 'Origin', b])
  t.equal(two('http://app', 'http://app'), 'ORIGIN_NOT_ALLOWED')
  t.equal(two('http://evil', 'http://app'), 'ORIGIN_NOT_ALLOWED')
  t.end()
})

t.test('only a listener’s own page passes as its own, and only where that is admitted', (t) => {
  const from = (origin: string, options: Partial<GuardOptions> = { admitsOwnOrigin: true }) =>
    verdict(['Host', 'localhost:9901', 'Origin', origin], {}, options)
  t.equal(from('http://localhost:9901'), 'pass')
  t.equal(from('http://localhost:9902'), 'ORIGIN_NOT_ALLOWED')
  t.equal(from('https://localhost:9901'), 'ORIGIN_NOT_ALLOWED')
  t.equal(from(''), 'ORIGIN_NOT_ALLOWED')
  t.equal(from('http://localhost:9901', {}), 'ORIGIN_NOT_ALLOWED')
  t.end()
})

t.test('on a unix socket any one Host passes, whatever it names', (t) => {
  const any = { hosts: 'any' } as const
  t.equal(verdict(['Host', 'evil.example'], {}, any), 'pass')
  t.equal(verdict(['Host', 'a b'], {}, any), 'pass')
  t.equal(verdict([], {}, any), BAD)
  t.equal(verdict([...HOST, ...HOST], {}, any), BAD)
  t.end()
})

t.test('an expectation other than 100-continue cannot be met', (t) => {
  const expects = (...values: string[]) =>
    verdict([...HOST, ...values.flatMap((value) => ['Expect', value])])
  t.equal(expects('100-continue'), 'pass')
  t.equal(expects('100-Continue'), 'pass')
  t.equal(expects('tea', '100-continue'), 'EXPECTATION_FAILED')
  t.end()
})

t.test('a websocket is seen wherever it stands in a list, and not in another name', (t) => {
  const upgrade = (value: string) => verdict([...HOST, 'Upgrade', value])
  for (const value of ['websocket', 'h2c, websocket', 'websocket , h2c', 'h2c,websocket,x']) {
    t.equal(upgrade(value), 'NOT_IMPLEMENTED', value)
  }
  for (const value of ['h2c', 'xwebsocket', 'websocket2', 'a, xwebsocket']) {
    t.equal(upgrade(value), 'pass', value)
  }
  t.end()
})

t.test('no method makes a tunnel or an echo', (t) => {
  t.equal(verdict(HOST, { method: 'CONNECT' }), 'METHOD_NOT_ALLOWED')
  t.equal(verdict(HOST, { method: 'TRACE' }), 'METHOD_NOT_ALLOWED')
  t.end()
})

t.test('names of fields are the same in any case', (t) => {
  t.equal(verdict(['hOsT', 'LOCALHOST']), 'pass')
  t.equal(verdict([...HOST, 'ORIGIN', 'null']), 'ORIGIN_NOT_ALLOWED')
  t.equal(verdict([...HOST, 'sec-FETCH-site', 'cross-site']), 'ORIGIN_NOT_ALLOWED')
  t.equal(verdict([...HOST, 'EXPECT', 'x']), 'EXPECTATION_FAILED')
  t.equal(verdict([...HOST, 'UPGRADE', 'WebSocket']), 'NOT_IMPLEMENTED')
  t.end()
})

t.test('only OPTIONS of an allowed page is a preflight', (t) => {
  const asked = [...HOST, 'Access-Control-Request-Method', 'PUT', 'Origin', 'http://app']
  t.equal(verdict(asked, { method: 'OPTIONS' }), 'preflight')
  t.equal(verdict(asked), 'pass')
  t.equal(verdict(asked.slice(0, 4), { method: 'OPTIONS' }), 'pass')
  t.equal(verdict([...HOST, 'Origin', 'http://app'], { method: 'OPTIONS' }), 'pass')
  t.end()
})

t.test('a required header is required of all but preflights', (t) => {
  const options = { requiredHeader: { name: 'x-key', value: 's' } }
  const preflight = [...HOST, 'Access-Control-Request-Method', 'PUT', 'Origin', 'http://app']
  t.equal(verdict(HOST, {}, options), 'HEADER_REQUIRED')
  t.equal(verdict([...HOST, 'X-KEY', 's'], {}, options), 'pass')
  t.equal(verdict([...HOST, 'X-Key', 's', 'X-Key', 's'], {}, options), 'pass')
  t.equal(verdict([...HOST, 'X-Key', 'S'], {}, options), 'HEADER_REQUIRED')
  t.equal(verdict([...HOST, 'X-Key', 'x', 'X-Key', 's'], {}, options), 'HEADER_REQUIRED')
  t.equal(verdict([...HOST, 'X-Key', 's', 'X-Key', 'x'], {}, options), 'HEADER_REQUIRED')
  t.equal(verdict(preflight, { method: 'OPTIONS' }, options), 'preflight')
  t.end()
})

t.test('rules see neither the query nor a method in a header', (t) => {
  const options = { rules: [parseRule('GET /a')] }
  t.equal(verdict(HOST, { target: '/a?b' }, options), 'pass')
  t.equal(verdict(HOST, { target: '/b?/a' }, options), 'NOT_ALLOWED')
  const override = [...HOST, 'X-HTTP-Method-Override', 'DELETE']
  t.equal(verdict(override, { target: '/a' }, options), 'NOT_ALLOWED')
  t.equal(verdict(override, { target: '/a' }), 'pass', 'without rules it is a header like others')
  for (const name of [
    'X-HTTP-Method',
    'X-Method-Override',
    'X-Original-URI',
    'X-Original-URL',
    'X-Rewrite-URL',
  ]) {
    t.equal(verdict([...HOST, name, '/b'], { target: '/a' }, options), 'NOT_ALLOWED', name)
  }
  t.equal(verdict([...HOST, 'X-Other', '/b'], { target: '/a' }, options), 'pass')
  t.end()
})

t.test('a verdict tells of an upgrade that is not taken up, and of the page that asks', (t) => {
  const open = {
    hosts: new AllowedHosts([]),
    origins: [],
    rules: undefined,
    requiredHeader: undefined,
  }
  const fromApp = {
    method: 'GET',
    target: '/',
    rawHeaders: [...HOST, 'Origin', 'http://app'],
    httpVersion: '1.1',
  }
  const guard = createGuard(open)
  const ask = (...fields: string[]) =>
    guard({ method: 'GET', target: '/', rawHeaders: [...HOST, ...fields], httpVersion: '1.1' })
  t.equal(ask().upgrades, false)
  t.match(ask('Upgrade', 'h2c'), { refused: undefined, upgrades: true })
  t.strictSame(createGuard({ ...open, origins: ['http://app'] })(fromApp).origin, 'http://app')
  t.match(ask('Upgrade', 'websocket'), { refused: 'NOT_IMPLEMENTED' })
  t.end()
})
