import t from 'tap'
import { looksLikeCredential } from '../../../src/settings/values/looks-like-credential.js'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

t.test('a pasted credential is known by its first letters', (t) => {
  for (const text of [
    ...['{"type": "service_account"}', ' \n{', '[{}]'],
    ...['-----BEGIN PRIVATE KEY-----', 'key: -----BEGIN RSA PRIVATE KEY-----'],
    ...['{"type":"x"}', '{\n  "type"', '{\t"type":', '{\r\n  "type"'].map(base64),
    ...[` \n${base64('{"type":"x"}')}`, 'eyJ+/=-abcd', `x.eyJ${'a'.repeat(8)}.e30.`],
    ...['Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln', `key=AIza${'-a'.repeat(8)}`],
    ...['--token=ya29.a0', '1//0g', ' \n1//0g', 'secret GOCSPX-0'],
  ]) {
    t.ok(looksLikeCredential(text), JSON.stringify(text))
  }
  t.end()
})

t.test('what a file may be called is none', (t) => {
  for (const text of [
    ...['', 'key.json', './{env}.json', 'a{b}', '/keys/[a].json', '---BEGIN'],
    ...[
      'eyJ.json',
      'eyJ1234567',
      '/home/ewogICJ0eXBlIjo',
      '/a/eyJ1234567.json',
      'heyJ12345678.json',
    ],
    ...[`AIza${'a'.repeat(15)}.json`, `xAIza${'a'.repeat(16)}`, 'ya29', 'maya29.json', 'xGOCSPX-'],
    ...['1/key', '1//', '/mnt/disk1//key', '/mnt/1//key', 'GOCSPX'],
  ]) {
    t.notOk(looksLikeCredential(text), JSON.stringify(text))
  }
  t.end()
})

t.test('what is longer than a file’s name may be is an opaque token', (t) => {
  const longest = 'a'.repeat(255)
  t.notOk(looksLikeCredential(`/${longest}/${longest}`))
  t.ok(looksLikeCredential(`${longest}b`))
  t.ok(looksLikeCredential(`/a/${longest}b/c`))
  t.end()
})
