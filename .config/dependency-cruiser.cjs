// The one direction of the source: a request walks from the door to the upstream, and
// nothing calls back. Each rule says who must not know whom.
const mustNotKnow = (name, from, to) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: to },
})

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: 'src/cli\\.ts$' },
      to: {},
    },
    mustNotKnow(
      'identity-serves-nothing',
      '^src/identity/',
      '^src/(access|proxy|upstream|admin|commands|demo)/',
    ),
    mustNotKnow(
      'upstream-has-no-credentials',
      '^src/upstream/',
      '^src/(access|identity|token|proxy|admin|commands|demo|settings)/',
    ),
    mustNotKnow(
      'net-stands-alone',
      '^src/net/',
      '^src/(access|identity|token|upstream|proxy|admin|commands|demo|settings)/',
    ),
    mustNotKnow('log-stands-alone', '^src/log/', '^src/(?!log/|settings/describe-settings|[^/]+$)'),
    mustNotKnow(
      'token-stands-alone',
      '^src/token/',
      '^src/(access|identity|upstream|proxy|admin|commands|demo|settings)/',
    ),
    mustNotKnow(
      'access-is-pure',
      '^src/access/',
      '^src/(identity|token|upstream|proxy|admin|commands|demo)/',
    ),
    mustNotKnow('proxy-has-no-credentials', '^src/proxy/', '^src/(identity|admin|commands|demo)/'),
    mustNotKnow(
      'settings-come-first',
      '^src/settings/',
      '^src/(identity|token|upstream|proxy|admin|commands|demo)/',
    ),
    mustNotKnow(
      'demo-is-a-stranger',
      '^src/demo/',
      '^src/(identity|token|upstream|proxy|admin|access)/',
    ),
    mustNotKnow('page-knows-documents-alone', '^src/page/', '^src/(?!page/|admin/documents)'),
    mustNotKnow('only-the-build-knows-the-page', '^src/(?!page/)', '^src/page/'),
    mustNotKnow('only-commands-know-the-demo', '^src/(?!commands|demo)', '^src/demo/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js'] },
  },
}
