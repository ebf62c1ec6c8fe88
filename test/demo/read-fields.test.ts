import t from 'tap'
import { readFields } from '../../src/demo/read-fields.js'

const read = (json: string) => readFields(Buffer.from(json))
const badRequest = (message: string) => ({ status: 400, message })

t.test('a body that is no JSON object is refused', (t) => {
  for (const json of ['', '{', 'a=1', '{"a":1}}']) {
    t.throws(() => read(json), badRequest('The body must be JSON'), json)
  }
  for (const json of ['[]', '[{"a":1}]', 'null', '1', '"text"', 'true']) {
    t.throws(() => read(json), badRequest('The body must be a JSON object'), json)
  }
  t.end()
})

t.test('a field of the right type is given, and one left out is undefined', (t) => {
  const fields = read('{"text":"é","flag":false,"count":2}')
  t.equal(fields.text('text'), 'é')
  t.equal(fields.flag('flag'), false)
  t.equal(fields.optionalCount('count'), 2)
  t.equal(fields.optionalText('other'), undefined)
  t.equal(fields.optionalCount('other'), undefined)
  t.end()
})

t.test('a field that is missing is named', (t) => {
  t.throws(() => read('{}').text('account'), badRequest('account is missing'))
  t.throws(() => read('{}').flag('archived'), badRequest('archived is missing'))
  t.end()
})

t.test('a field of the wrong type is named', (t) => {
  for (const value of ['1', 'null', 'true', '""', '{}', '["a"]']) {
    const fields = read(`{"account":${value}}`)
    t.throws(() => fields.text('account'), badRequest('account must be a non-empty string'))
    t.throws(() => fields.optionalText('account'), { name: 'ApiError', status: 400 })
  }
  for (const value of ['"true"', '1', 'null']) {
    const fields = read(`{"archived":${value}}`)
    t.throws(() => fields.flag('archived'), badRequest('archived must be a boolean'))
  }
  for (const value of ['"2"', '0', '-1', '1.5', '1e400', 'null']) {
    const fields = read(`{"limit":${value}}`)
    t.throws(() => fields.optionalCount('limit'), badRequest('limit must be a positive integer'))
  }
  t.end()
})

t.test('a text is of bounded length', (t) => {
  const bodyOf = (length: number) => JSON.stringify({ account: 'a'.repeat(length) })
  t.equal(read(bodyOf(1024)).text('account').length, 1024)
  t.throws(
    () => read(bodyOf(1025)).text('account'),
    badRequest('account must be of at most 1024 characters'),
  )
  t.end()
})

t.test('nothing is read from a prototype', (t) => {
  t.throws(() => read('{"__proto__":{"account":"a"}}').text('account'), {
    name: 'ApiError',
    status: 400,
  })
  t.equal(read('{}').optionalText('constructor'), undefined)
  t.equal(read('{}').optionalText('__proto__'), undefined)
  t.equal(({} as Record<string, unknown>)['account'], undefined)
  t.end()
})
