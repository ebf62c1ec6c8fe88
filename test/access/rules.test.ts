import t from 'tap'
import { isAllowed } from '../../src/access/rules.js'
import { parseRule } from '../../src/settings/values/parse-rule.js'

const rules = ['GET /v1/*', 'POST /v1/dag/status', '* /any'].map(parseRule)

t.test('a rule allows its method and path, or what is under its prefix', (t) => {
  t.ok(isAllowed(rules, 'GET', '/v1/'))
  t.ok(isAllowed(rules, 'GET', '/v1/a/b'))
  t.ok(isAllowed(rules, 'POST', '/v1/dag/status'))
  t.ok(isAllowed(rules, 'POST', '/v1/dag/status?a=b'))
  t.ok(isAllowed(rules, 'DELETE', '/any'))
  t.ok(isAllowed(rules, 'GET', '/v1/a%20b/%C3%A9'), 'harmless encodings are free')
  t.ok(isAllowed(rules, 'GET', '/v1/a;b=c/..d'), 'so are parameters')
  t.ok(isAllowed(rules, 'GET', '/v1/a?_meta=1&x_method=2'))
  t.end()
})

t.test('nothing else is allowed', (t) => {
  t.notOk(isAllowed([], 'GET', '/'))
  t.notOk(isAllowed(rules, 'GET', '/v1'))
  t.notOk(isAllowed(rules, 'get', '/v1/'))
  t.notOk(isAllowed(rules, 'POST', '/v1/'))
  t.notOk(isAllowed(rules, 'POST', '/v1/dag/status/'))
  t.notOk(isAllowed(rules, 'GET', '/any/'))
  t.notOk(isAllowed(rules, 'GET', '/v1/..;/any'))
  t.notOk(isAllowed(rules, 'GET', '/v1/%2fany'))
  for (const overlong of ['%c0%af', '%e0%80%af', '%f0%80%80%af']) {
    t.notOk(isAllowed(rules, 'GET', `/v1/..${overlong}any`), overlong)
  }
  for (const byte of ['%00', '%0a', '%1F', '%7f', '%25']) {
    t.notOk(isAllowed(rules, 'GET', `/v1/a${byte}b`), byte)
  }
  t.notOk(isAllowed(rules, 'GET', '/v1/a?x&_METHOD=PUT'))
  t.end()
})

t.test('a method in the query is seen however its letters are encoded', (t) => {
  const name = '_method'
  for (let at = 0; at < name.length; at++) {
    for (const letter of [name.charAt(at), name.charAt(at).toUpperCase()]) {
      const code = `%${letter.charCodeAt(0).toString(16)}`
      const query = name.slice(0, at) + code + name.slice(at + 1)
      t.notOk(isAllowed(rules, 'GET', `/v1/a?${query}=PUT`), query)
    }
  }
  t.ok(isAllowed(rules, 'GET', '/v1/a;_method/b'), 'in the path it is a name like others')
  t.end()
})

t.test('what evades is looked for after the prefix: the rule itself may hold it', (t) => {
  const encoded = [parseRule('GET /a%25/*')]
  t.ok(isAllowed(encoded, 'GET', '/a%25/b'))
  t.notOk(isAllowed(encoded, 'GET', '/a%25/b%25'))
  t.end()
})
