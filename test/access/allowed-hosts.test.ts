import t from 'tap'
import { AllowedHosts, isHostField } from '../../src/access/allowed-hosts.js'

t.test('a name is allowed on any port, in any case, with a dot at its end', (t) => {
  const hosts = new AllowedHosts(['proxy', 'fd00::1'])
  for (const field of [
    'localhost',
    'LOCALHOST:1',
    'proxy.',
    'proxy.:80',
    'proxy:',
    '[FD00::1]:9',
  ]) {
    t.ok(hosts.has(field), field)
  }
  for (const field of ['', '.', 'proxy..', 'xproxy', 'proxyx', 'proxy:1:2', 'fd00::1', '[proxy]']) {
    t.notOk(hosts.has(field), field)
  }
  t.end()
})

t.test('what is no Host at all is told from what is another', (t) => {
  for (const field of ['a', 'a:1', 'a_b', '[::1]', '1.2.3.4', 'a,b', '%41'])
    t.ok(isHostField(field))
  for (const field of [
    '',
    ':1',
    'a b',
    'a/b',
    'a@b',
    'a:b',
    '[::1',
    '[::1]x',
    '\xe9',
    'a\\b',
    'a#',
  ]) {
    t.notOk(isHostField(field), field)
  }
  t.end()
})

t.test('a page is local by the host of its URL alone', (t) => {
  const hosts = new AllowedHosts([])
  for (const url of ['http://localhost', 'https://127.0.0.1:3000/a?b', 'HTTP://[::1]#c']) {
    t.ok(hosts.isLocalPage(url), url)
  }
  for (const url of [
    'null',
    '',
    'http://evil/localhost',
    'http://localhost@evil',
    'evil:http://localhost',
    'ftp://localhost',
  ]) {
    t.notOk(hosts.isLocalPage(url), url)
  }
  t.end()
})
