import fc from 'fast-check'
import t from 'tap'
import { AllowedHosts } from '../../src/access/allowed-hosts.js'
import { createGuard, type GuardedRequest, type GuardOptions } from '../../src/access/guard.js'
import { isForwardableTarget, targetFault } from '../../src/access/request-target.js'
import { parseRule } from '../../src/settings/values/parse-rule.js'

function refusalOf(
  fields: readonly string[],
  request: Partial<GuardedRequest> = {},
  options: Partial<GuardOptions> = {},
): string {
  const guard = createGuard({
    hosts: new AllowedHosts([]),
    origins: [],
    rules: undefined,
    requiredHeader: undefined,
    ...options,
  })
  const { refused = 'pass', detail = '' } = guard({
    method: 'GET',
    target: '/',
    httpVersion: '1.1',
    rawHeaders: fields,
    ...request,
  })
  return `${refused} ${detail}`
}

const HOST = ['Host', 'localhost']

t.test('a refusal says what it refuses, and what to do', (t) => {
  const rules = { rules: [parseRule('GET /a')] }
  const required = { requiredHeader: { name: 'x-key', value: 's3cret' } }
  const eve = { user: 'eve', isAllowed: false }
  for (const [said, part] of [
    [
      refusalOf(['Host', 'evil.example:80']),
      /^HOST_NOT_ALLOWED Host "evil.example:80".*--allowed-host/,
    ],
    [refusalOf(['Host', 'a b']), /^BAD_REQUEST Host "a b"/],
    [refusalOf([...HOST, 'Host', 'b']), /second Host header, "b"/],
    [refusalOf([]), /no Host header/],
    [refusalOf([...HOST, 'Origin', 'null']), /^ORIGIN_NOT_ALLOWED Origin "null".*--allowed-origin/],
    [refusalOf([...HOST, 'Origin', 'a', 'Origin', 'b']), /Origin "a, b"/],
    [refusalOf([...HOST, 'Sec-Fetch-Site', 'a', 'Sec-Fetch-Site', 'b']), /Site "a, b"/],
    [refusalOf([...HOST, 'Expect', 'a', 'Expect', 'b']), /Expect "a, b"/],
    [refusalOf([...HOST, 'Sec-Fetch-Site', 'cross-site']), /Sec-Fetch-Site "cross-site"/],
    [refusalOf([...HOST, 'Content-Length', '+1']), /Content-Length "\+1"/],
    [
      refusalOf([...HOST, 'Content-Length', '1', 'Content-Length', '2']),
      /second Content-Length header, "2"/,
    ],
    [
      refusalOf([...HOST, 'Transfer-Encoding', 'gzip, chunked']),
      /Transfer-Encoding "gzip, chunked"/,
    ],
    [
      refusalOf([...HOST, 'Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'gzip']),
      /second Transfer-Encoding header, "gzip"/,
    ],
    [
      refusalOf([...HOST, 'Transfer-Encoding', 'chunked'], { httpVersion: '1.0' }),
      /HTTP\/1\.0 has no Transfer-Encoding: use HTTP\/1\.1/,
    ],
    [
      refusalOf([...HOST, 'Transfer-Encoding', 'chunked', 'Content-Length', '1']),
      /both Content-Length and Transfer-Encoding: send one/,
    ],
    [
      refusalOf(HOST, { method: 'CONNECT' }),
      /^METHOD_NOT_ALLOWED CONNECT is for forward proxies.*HTTPS_PROXY/,
    ],
    [refusalOf([...HOST, 'Expect', 'tea']), /^EXPECTATION_FAILED Expect "tea"/],
    [refusalOf([...HOST, 'Upgrade', 'websocket']), /^NOT_IMPLEMENTED Upgrade "websocket"/],
    [refusalOf(HOST, { method: 'TRACE' }), /^METHOD_NOT_ALLOWED TRACE/],
    [refusalOf(HOST, { method: 'SOURCE' }), /^BAD_REQUEST The method "SOURCE"/],
    [refusalOf(HOST, { httpVersion: '2.0' }), /version "2.0"/],
    [
      refusalOf(HOST, { target: '/b?key=s3cret' }, rules),
      /^NOT_ALLOWED .*allows GET "\/b": add one with --allow/,
    ],
    [refusalOf(HOST, { target: '/a?_method=PUT' }, rules), /query names another method/],
    [
      refusalOf([...HOST, 'X-HTTP-Method', 'PUT'], { target: '/a' }, rules),
      /header "x-http-method"/,
    ],
    [refusalOf(HOST, {}, required), /^HEADER_REQUIRED The header "x-key" is missing/],
    [refusalOf([...HOST, 'X-Key', 'guess'], {}, required), /"x-key" has another value/],
    [refusalOf(HOST, { caller: eve }), /^USER_NOT_ALLOWED The user "eve".*--allowed-user/],
    [refusalOf(HOST, { caller: { ...eve, user: undefined } }), /kernel does not say which user/],
  ] as const) {
    t.match(said, part)
    t.notMatch(said, /s3cret|guess|127\.0\.0\.1/)
  }
  t.end()
})

t.test('a target’s fault is named where it stands', (t) => {
  for (const [target, part] of [
    ['/a/%2E./b', 'The path has a "%2E." segment at character 3'],
    ['/..', 'The path has a ".." segment at character 1'],
    ['/a//b', 'The path has "//" at character 3'],
    ['/a\\b', 'a backslash in its path at character 3'],
    ['/a?b=%zz&key=s3cret', '"%zz" in its query at character 6'],
    ['/a%', '"%" in its path at character 3'],
    ['/a?b/../c\\d', 'a backslash in its query at character 10'],
    ['/a\t', 'the byte 0x09'],
    ['/a\\?b', 'a backslash in its path at character 3'],
    ['/a#s3cret', 'a fragment ("#" in the path at character 3)'],
    ['/a\u00e9', 'the byte 0xe9 in its path at character 3'],
    ['/\u007f', 'the byte 0x7f'],
    ['http://eve:s3cret@host/a?s3cret', 'The target "http://host/a" is not a path'],
    ['*', 'The target "*"'],
    ['', 'The target ""'],
  ] as const) {
    const fault = targetFault(target)
    t.ok(fault.includes(part), `${target}: ${fault}`)
    t.notMatch(fault, /s3cret/)
  }
  t.end()
})

t.test('whatever is not forwarded has a fault, of printable ASCII and not long', (t) => {
  const unit = fc.constantFrom(...'/.%2eE5cC#?\\a;: é\n\0'.split(''))
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 200 }), (target) => {
      if (isForwardableTarget(target)) return true
      const fault = targetFault(target)
      return /^[ -~]{20,200}$/.test(fault) && !fault.includes('has a "" segment')
    }),
    { numRuns: 20_000, verbose: true },
  )
  t.end()
})

t.test('any user may GET what a probe asks for, HTTP/1.0 without Host; the rest holds', (t) => {
  const probes = { probes: ['/livez'] }
  const caller = { user: 'eve', isAllowed: false }
  const old = { target: '/livez', httpVersion: '1.0', caller }
  t.match(refusalOf([], old, probes), /^pass/)
  t.match(refusalOf([], { ...old, method: 'HEAD', target: '/livez?full' }, probes), /^pass/)
  t.match(refusalOf(HOST, { target: '/livez', caller }, probes), /^pass/)
  t.match(refusalOf([], { ...old, httpVersion: '1.1' }, probes), /^BAD_REQUEST/)
  t.match(refusalOf(['Host', 'evil'], old, probes), /^HOST_NOT_ALLOWED/)
  t.match(refusalOf(['Origin', 'http://evil'], old, probes), /^ORIGIN_NOT_ALLOWED/)
  t.match(refusalOf([], { ...old, method: 'POST' }, probes), /^USER_NOT_ALLOWED/)
  t.match(refusalOf([], { ...old, target: '/metrics' }, probes), /^USER_NOT_ALLOWED/)
  t.match(refusalOf([], old), /^USER_NOT_ALLOWED/, 'on the proxy’s own listener nothing is a probe')
  const own = { ...probes, admitsOwnOrigin: true }
  t.match(refusalOf(['Origin', 'http://undefined'], old, own), /^ORIGIN_NOT_ALLOWED/)
  t.end()
})
