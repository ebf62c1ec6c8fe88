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
  t.equal(verdict(HOST, { httpVersion: '1.0' }), 'pass')
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
  t.end()
})

t.test('an upgrade that is not taken up is noticed', (t) => {
  const guard = createGuard({
    hosts: new AllowedHosts([]),
    origins: [],
    rules: undefined,
    requiredHeader: undefined,
  })
  const ask = (...fields: string[]) =>
    guard({ method: 'GET', target: '/', rawHeaders: [...HOST, ...fields], httpVersion: '1.1' })
  t.equal(ask().upgrades, false)
  t.match(ask('Upgrade', 'h2c'), { refused: undefined, upgrades: true })
  t.match(ask('Upgrade', 'websocket'), { refused: 'NOT_IMPLEMENTED' })
  t.end()
})
