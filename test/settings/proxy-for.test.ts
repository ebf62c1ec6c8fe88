import t from 'tap'
import { proxyFor } from '../../src/settings/proxy-for.js'
import { load } from './load.js'

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
