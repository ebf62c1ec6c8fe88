// What is mutated, how much of it must be caught (in percent of the mutants that can be told apart),
// and the tests that are about it, quickest first, each named by the beginning of its path in test/.
// Suites that touch everything are left out: they would run for every mutant, and say little about
// which promise was broken.
// `except` names tests by a part of their titles: their bounds of time are not for code that counts.
// `dies` is a line whose mutants must all die by one test: .ci/run holds the tool to it.
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
    tests: ['upstream/http2/', 'upstream/hostile-clients.', 'upstream/named-limits.'],
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
    tests: [
      'upstream/clock-skew.',
      'upstream/pool.',
      'upstream/replay.',
      'upstream/unauthorized.',
      'upstream/tunnel.',
    ],
    dies: { file: 'upstream/clock-skew.ts', text: 'if (skew ===', test: 'upstream/clock-skew' },
  },
  {
    folder: 'proxy',
    reach: 90,
    tests: [
      'proxy/',
      'integration/answers.',
      'integration/corpus.',
      'integration/cors.',
      'upstream/replay.',
      'upstream/unauthorized.',
    ],
    dies: { file: 'proxy/hop-by-hop.ts', text: 'i += 2', test: 'proxy/request-headers' },
  },
  {
    folder: 'settings/values',
    reach: 85,
    tests: ['settings/values/'],
    dies: {
      file: 'settings/values/parse-size.ts',
      text: 'bytes > MAX_MIB',
      test: 'settings/values/parse-numbers',
    },
  },
  {
    folder: 'identity',
    reach: 85,
    tests: ['identity/'],
    dies: { file: 'identity/to-token.ts', text: '=== undefined) throw', test: 'identity/to-token' },
  },
]
