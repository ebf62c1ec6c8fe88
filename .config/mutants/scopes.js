// What is mutated, how much of it must be caught (in percent of the mutants that can be told apart),
// and the tests that are about it, quickest first, each named by the beginning of its path in test/.
// Suites that touch everything are left out: they would run for every mutant, and say little about
// which promise was broken.
// `except` names tests by a part of their titles: their bounds of time are not for code that counts.
// `dies` is a line whose mutants must all die by one test: .ci/run holds the tool to it.
// `parts` are run one after another, each with its own `files` and `tests`; one without `files` has the
// rest of the folder.
// A folder comes before those that it is in.
export const SCOPES = [
  {
    folder: 'access',
    reach: 95,
    tests: ['access/', 'settings/values/parse-access.', 'integration/cors.'],
    dies: { file: 'access/rules.ts', text: 'rule.method ===', test: 'access/rules' },
  },
  {
    folder: 'token',
    reach: 95,
    tests: ['token/'],
    dies: { file: 'token/token.ts', text: 'createHash(', test: 'token/token' },
  },
  {
    folder: 'upstream/http2',
    reach: 90,
    except: ['200,000 WINDOW_UPDATEs'],
    tests: [
      'upstream/http2/stream.',
      'upstream/http2/h',
      'upstream/http2/f',
      'upstream/http2/r',
      'upstream/http2/',
    ],
    dies: {
      file: 'upstream/http2/send-window.ts',
      text: 'this.available -= bytes',
      test: 'upstream/http2/stream',
    },
  },
  {
    folder: 'upstream',
    without: ['upstream/http2/'],
    reach: 90,
    except: ['buffers that were read do not pile up'],
    tests: [
      'upstream/clock-skew.',
      'upstream/keep-alive.',
      'upstream/redial.',
      'upstream/sleep-watch.',
      'upstream/read-buffers.',
      'upstream/waiting-requests.',
      'upstream/dial.',
      'upstream/connection.',
      'upstream/pool.',
      'upstream/replay.',
      'upstream/unauthorized.',
      'upstream/tunnel.',
      'integration/upstream-trust.',
    ],
    dies: { file: 'upstream/clock-skew.ts', text: 'if (skew ===', test: 'upstream/clock-skew' },
  },
  {
    folder: 'proxy',
    reach: 90,
    except: [
      'a body that stops coming',
      'a connection that was opened ahead',
      'a connection without SETTINGS',
      'a slow client stops the upstream',
      'a slow upload',
      'a thousand that leave',
      'and never a wider one',
      'method × body × status',
      'no response in time',
      'no stream in time',
      'SETTINGS may lower',
      'who accepts and says nothing',
      'windows of one byte',
      'with a limit of 1 stream',
    ],
    parts: [
      {
        name: 'own',
        files: ['backlog.', 'cors.', 'memory-return.', 'other-protocol.', 'problem.'],
        tests: [
          'proxy/backlog.',
          'proxy/cors.',
          'proxy/memory-return.',
          'proxy/other-protocol.',
          'proxy/problem.',
          'integration/cors.',
          'integration/other-protocols.',
        ],
      },
      {
        name: 'parts',
        files: [
          ...['attempts.', 'failure.', 'hop-by-hop.', 'own-outcome.', 'paged-block.'],
          ...['parser-fault.', 'refused-bytes.', 'request-headers.', 'response-headers.'],
          ...['timeouts.', 'traffic.', 'trailers.'],
        ],
        tests: ['proxy/', 'integration/cors.', 'integration/other-protocols.'],
      },
      {
        name: 'up',
        files: ['attempt.', 'delivery.', 'held-response.', 'request-body.'],
        tests: [
          'proxy/attempt.',
          'proxy/delivery.',
          'proxy/request-body.',
          'upstream/replay.',
          'upstream/unauthorized.',
          'upstream/leaving.',
          'upstream/true-details.',
          'upstream/slowness.',
        ],
      },
      {
        name: 'down',
        files: [
          ...['client-response.', 'conversation.', 'end-of-turn.', 'forwarding.'],
          'response-content.',
        ],
        tests: [
          'proxy/client-response.',
          'proxy/forwarding.',
          'proxy/conversation.',
          'integration/responses.',
          'upstream/faithful.',
          'upstream/pipelining.',
          'upstream/leaving.',
          'upstream/slowness.',
          'upstream/true-details.',
          'integration/request-log.',
        ],
      },
      {
        name: 'door',
        tests: [
          'proxy/guarded-server.',
          'proxy/listen.',
          'proxy/door.',
          'integration/responses.',
          'integration/cors.',
          'integration/other-protocols.',
          'integration/refused-bytes.',
          'integration/listening.',
        ],
      },
    ],
    dies: { file: 'proxy/hop-by-hop.ts', text: 'i += 2', test: 'proxy/request-headers' },
  },
  {
    folder: 'settings/values',
    reach: 85,
    tests: ['settings/values/', 'settings/allowed-users.', 'settings/pasted-credentials.'],
    dies: {
      file: 'settings/values/parse-size.ts',
      text: 'bytes > MAX_MIB',
      test: 'settings/values/parse-numbers',
    },
  },
  {
    folder: 'identity',
    reach: 85,
    // Each costs every mutant that it meets a second; others catch nearly all of them sooner.
    except: ['a command is minted anew', 'a call ends in time', 'whatever a file holds'],
    parts: [
      {
        name: 'program',
        files: ['command/', 'exec.', 'google/executable-source.'],
        tests: ['identity/command/', 'identity/exec', 'identity/google/executable-'],
      },
      {
        name: 'endpoint',
        files: ['endpoint/'],
        tests: [
          'identity/endpoint/',
          'identity/tailer.',
          'identity/adc.',
          'identity/google/service-account.',
          'identity/every-identity.',
        ],
      },
      {
        name: 'google',
        files: ['google/'],
        tests: [
          'identity/google/normalize-pem.',
          'identity/google/check-external-account.',
          'identity/google/service-account.',
          'identity/google/external-account.',
          'identity/google/google-credential.',
          'identity/google/executable-response.',
          'identity/adc.',
          'identity/load-identity.',
          'identity/every-identity.',
        ],
      },
      {
        name: 'load',
        files: [
          ...['credential-error.', 'load-identity.', 'static-token.', 'tailer.', 'to-token.'],
          ...['file/credential-kind.', 'file/parse-', 'file/read-credential-content.'],
        ],
        tests: [
          'identity/to-token.',
          'identity/static-token.',
          'identity/load-identity.',
          'identity/tailer.',
        ],
      },
      {
        name: 'file',
        tests: ['identity/static-token.', 'identity/load-identity.', 'identity/file/'],
      },
    ],
    dies: { file: 'identity/to-token.ts', text: '=== undefined) throw', test: 'identity/to-token' },
  },
]
