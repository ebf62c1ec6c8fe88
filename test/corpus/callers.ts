import { BAD, get, GOOD, head, post, type Vector, type Vectors } from './vector.js'

const from = (host: string) => head('GET /a HTTP/1.1', `Host: ${host}`)
const known = (host: string): Vector => [host, from(host), GOOD, ['GET /a']]
const unknown = (host: string): Vector => [host, from(host), ['403 HOST_NOT_ALLOWED', 'last']]
const malformed = (host: string): Vector => [`a bad ${host}`, from(host), BAD]

export const hosts: Vectors = {
  title: 'Host is a name of this machine',
  flags: ['--allowed-host', 'proxy.internal'],
  rows: [
    known('localhost'),
    known('LocalHost:8080'),
    known('localhost.'),
    known('localhost.:1'),
    known('localhost:'),
    known('127.0.0.1'),
    known('127.0.0.1:65535'),
    known('[::1]'),
    known('[::1]:8080'),
    known('proxy.internal:80'),
    unknown('evil.example'),
    unknown('evil.example:8080'),
    unknown('localhost.evil.example'),
    unknown('evil-localhost'),
    unknown('localhost,evil'),
    unknown('127.0.0.1.evil.example'),
    unknown('127.1'),
    unknown('2130706433'),
    unknown('0x7f000001'),
    unknown('0.0.0.0'),
    unknown('127.0.0.2'),
    unknown('[::]'),
    unknown('[::ffff:127.0.0.1]'),
    unknown('metadata.google.internal'),
    unknown('localhost..'),
    unknown('__proto__'),
    malformed('localhost:80:80'),
    malformed('localhost:http'),
    malformed('user@localhost'),
    malformed('localhost/a'),
    malformed('http://localhost'),
    malformed('localhost evil'),
    malformed('[::1'),
    malformed('::1'),
    malformed('[::1]a'),
    malformed('localh\xf6st'),
    malformed(''),
    malformed(':80'),
    ['no Host', head('GET /a HTTP/1.1'), BAD],
    ['two Hosts', get('/a', 'Host: localhost'), BAD],
    ['two Hosts, one of them evil', get('/a', 'host: evil.example'), BAD],
    ['two Hosts, one of them empty', get('/a', 'Host:'), BAD],
    ['Host with a space before the colon', head('GET /a HTTP/1.1', 'Host : localhost'), BAD],
    ['Host folded', head('GET /a HTTP/1.1', 'Host:', ' localhost'), BAD],
    ['x-forwarded-host does not help', get('/a', 'X-Forwarded-Host: evil'), GOOD, ['GET /a']],
    [
      'a refused POST with a body ends the connection',
      head('POST /a HTTP/1.1', 'Host: evil.example', 'Content-Length: 44') + get('/smuggled'),
      ['403 HOST_NOT_ALLOWED'],
    ],
    [
      'a refused HEAD',
      head('HEAD /a HTTP/1.1', 'Host: evil.example'),
      ['403 HOST_NOT_ALLOWED', 'last'],
    ],
  ],
}

const page = (...all: readonly string[]): Vector => [
  all.join(', '),
  get('/a', ...all),
  ['403 ORIGIN_NOT_ALLOWED', 'last'],
]
const noPage = (...all: readonly string[]): Vector => [
  all.join(', '),
  get('/a', ...all),
  GOOD,
  ['GET /a'],
]
const APP = 'Origin: http://app.example'
const preflight = (...all: readonly string[]) =>
  head('OPTIONS /a HTTP/1.1', 'Host: localhost', 'Access-Control-Request-Method: PUT', ...all)

export const browsers: Vectors = {
  title: 'web pages are let in only by their origin',
  flags: ['--allowed-origin', 'http://app.example', '--require-header', 'X-Key: s3cret'],
  rows: (
    [
      page('Origin: http://evil.example'),
      page('Origin: null'),
      page('Origin:'),
      page('Origin: http://localhost'),
      page('Origin: http://app.example.evil'),
      page('Origin: http://app.example:8080'),
      page('Origin: https://app.example'),
      page('Origin: HTTP://APP.EXAMPLE'),
      page('Origin: http://app.example/'),
      page(APP, 'Origin: http://evil.example'),
      page(APP, APP),
      page('Sec-Fetch-Site: cross-site'),
      page('Sec-Fetch-Site: same-site'),
      page('Sec-Fetch-Site:'),
      page('Sec-Fetch-Site: none', 'Sec-Fetch-Site: cross-site'),
      page('Sec-Fetch-Site: same-origin', 'Origin: http://evil.example'),
      noPage('X-Key: s3cret'),
      noPage('x-key: s3cret', 'Sec-Fetch-Site: none'),
      noPage('X-KEY: s3cret', 'Sec-Fetch-Site: same-origin'),
      noPage(APP, 'X-Key: s3cret'),
      noPage(APP, 'X-Key: s3cret', 'Sec-Fetch-Site: cross-site'),
      ['no key', get('/a'), ['403 HEADER_REQUIRED', 'last']],
      ['a wrong key', get('/a', 'X-Key: s3creT'), ['403 HEADER_REQUIRED', 'last']],
      ['a key that begins right', get('/a', 'X-Key: s3cret1'), ['403 HEADER_REQUIRED', 'last']],
      ['an empty key', get('/a', 'X-Key:'), ['403 HEADER_REQUIRED', 'last']],
      [
        'a right and a wrong key',
        get('/a', 'X-Key: s3cret', 'X-Key: x'),
        ['403 HEADER_REQUIRED', 'last'],
      ],
      [
        'a wrong and a right key',
        get('/a', 'X-Key: x', 'X-Key: s3cret'),
        ['403 HEADER_REQUIRED', 'last'],
      ],
      ['no key, from an allowed page', get('/a', APP), ['403 HEADER_REQUIRED', 'last']],
      ['a preflight', preflight(APP), ['204', 'last']],
      [
        'a preflight of another page',
        preflight('Origin: http://evil.example'),
        ['403 ORIGIN_NOT_ALLOWED', 'last'],
      ],
      ['a preflight of no page', preflight('Origin: null'), ['403 ORIGIN_NOT_ALLOWED', 'last']],
      ['a preflight without Origin', preflight(), ['403 HEADER_REQUIRED', 'last']],
      [
        'a form of a page',
        post(
          ['Origin: http://evil.example', 'Content-Type: text/plain', 'Content-Length: 3'],
          'abc',
        ),
        ['403 ORIGIN_NOT_ALLOWED'],
      ],
    ] as const
  ).map(([name, bytes, answers, ...rest]) => [name, bytes, answers.map(keyed), ...rest] as Vector),
}

/** The test's own last request has no key. */
function keyed(answer: string): string {
  return answer === 'last' ? '403 HEADER_REQUIRED' : answer
}
