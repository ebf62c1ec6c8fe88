import t from 'tap'
import { printProxy, proxyFor } from '../../../src/settings/environment/proxy-for.js'
import type { Secret } from '../../../src/settings/table.js'
import { load } from '../load.js'

const ORIGIN = 'https://api.example.com'

function isProxied(noProxy: string, origin = ORIGIN): boolean {
  const settings = load([], { HTTPS_PROXY: 'http://proxy.internal:3128', NO_PROXY: noProxy })
  return proxyFor(origin, settings) !== undefined
}

t.test('without HTTPS_PROXY nothing is proxied', (t) => {
  t.equal(proxyFor(ORIGIN, load()), undefined)
  t.end()
})

t.test('NO_PROXY names hosts, domains, ports and addresses', (t) => {
  for (const noProxy of [
    '*',
    'api.example.com',
    'API.example.COM',
    'example.com',
    '.example.com',
    '*.example.com',
    'api.example.com.',
    'example.com.:443',
    '.example.com.',
    'api.example.com:443',
    'other.test, example.com',
    'other.test example.com',
  ]) {
    t.equal(isProxied(noProxy), false, noProxy)
  }
  for (const noProxy of [
    '',
    ',',
    'ample.com',
    'api.example.com:8443',
    'pi.example.com',
    '.',
    '..',
    'com.example',
  ]) {
    t.equal(isProxied(noProxy), true, noProxy)
  }
  t.equal(isProxied('127.0.0.1', 'https://127.0.0.1:8443'), false)
  t.equal(isProxied('127.0.0.1:8443', 'https://127.0.0.1:8443'), false)
  t.equal(isProxied('::1', 'https://[::1]:8443'), false)
  t.equal(isProxied('[::1]:8443', 'https://[::1]:8443'), false)
  t.equal(isProxied('[::1]:1', 'https://[::1]:8443'), true)
  t.end()
})

t.test('NO_PROXY names networks, for addresses of their kind', (t) => {
  for (const noProxy of ['10.0.0.0/8', 'a.test,10.1.0.0/16', '10.1.2.3/32', '0.0.0.0/0']) {
    t.equal(isProxied(noProxy, 'https://10.1.2.3'), false, noProxy)
  }
  t.equal(isProxied('fd00::/8', 'https://[fd12::1]'), false)
  for (const noProxy of ['10.2.0.0/16', '10.0.0.0/33', '10.0.0.0/', 'x/8', '::/0', '/', '10/8']) {
    t.equal(isProxied(noProxy, 'https://10.1.2.3'), true, noProxy)
  }
  t.equal(isProxied('10.0.0.0/8'), true, 'names are not resolved')
  t.end()
})

t.test('a proxy is shown without its user and password', (t) => {
  const show = (url: string): string =>
    printProxy(load([], { HTTPS_PROXY: url }).httpsProxy as Secret)
  t.equal(show('proxy:3128'), 'http://proxy:3128')
  t.equal(show('https://us:hunter2@proxy:3128'), 'https://proxy:3128, with user and password')
  t.equal(show('http://:hunter2@proxy:3128'), 'http://proxy:3128, with user and password')
  t.end()
})
