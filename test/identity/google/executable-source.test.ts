import t from 'tap'
import { checkCredentialSource } from '../../../src/identity/google/check-credential-source.js'
import { runExecutable } from '../../../src/identity/google/executable-source.js'
import { MintError } from '../../../src/token/token-source.js'

const OIDC = 'urn:ietf:params:oauth:token-type:id_token'
const SAML = 'urn:ietf:params:oauth:token-type:saml2'
const ASKED = { audience: '//iam.test/p', subjectTokenType: OIDC, impersonates: 'robot@p.test' }
const never = new AbortController().signal

function run(command: readonly [string, ...string[]], outputFile?: string): Promise<string> {
  return runExecutable({ command, outputFile }, ASKED, never)
}

/** A program that prints an answer. */
function prints(answer: unknown): readonly [string, ...string[]] {
  return [process.execPath, '-p', JSON.stringify(JSON.stringify(answer))]
}

async function failure(command: readonly [string, ...string[]]): Promise<MintError> {
  const error: unknown = await run(command).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof MintError) return error
  throw new Error('a token was given')
}

t.test('a program gives an OIDC token or a SAML response', async (t) => {
  const good = { version: 1, success: true }
  t.equal(await run(prints({ ...good, token_type: OIDC, id_token: 'abc' })), 'abc')
  t.equal(await run(prints({ ...good, token_type: SAML, saml_response: 'xyz' })), 'xyz')
})

t.test('it is told what the token is for', async (t) => {
  const script = `JSON.stringify({ version: 1, success: true, id_token:
    Object.keys(process.env).filter((n) => n.startsWith('GOOGLE_EXTERNAL_')).sort()
      .map((n) => process.env[n]).join(' ') })`
  t.equal(
    await run([process.execPath, '-p', script], '/tmp/kept'),
    `//iam.test/p robot@p.test 0 /tmp/kept ${OIDC}`,
  )
})

t.test(
  'a program that cannot be started, breaks or babbles is an error, not the end',
  async (t) => {
    t.match(await failure(['/nonexistent/program', 'CANARY']), { message: /was not found$/ })
    t.match(await failure([process.execPath, '-e', 'process.kill(process.pid, 9)']), {
      message: /killed by SIGKILL$/,
    })
    t.match(await failure([process.execPath, '-p', '"CANARY"']), {
      message: /something other than JSON$/,
    })
    t.match(await failure([process.execPath, '-p', `'x'.repeat(1e6)`]), { message: /than 64KiB$/ })
  },
)

t.test('a response that is no token is none', async (t) => {
  const past = Math.floor(Date.now() / 1000) - 1
  const good = { version: 1, success: true, token_type: OIDC, id_token: 'abc' }
  const cases: [answer: object, what: RegExp][] = [
    [{ ...good, version: 2 }, /printed no token$/],
    [{ ...good, id_token: 1 }, /printed no token$/],
    [{ ...good, expiration_time: past }, /printed an expired token$/],
    [{ version: 1, success: false, code: '401', message: 'not logged in' }, /: not logged in$/],
    [{ version: 1, success: false, message: `no ${'s3cret'.repeat(9)}` }, /: no \[redacted\]$/],
  ]
  for (const [answer, what] of cases) {
    t.match(await failure(prints(answer)), { message: what, permanent: false, hint: /by hand/ })
  }
})

t.test('its command line is split at spaces outside of double quotes', (t) => {
  const words = (command: unknown) => checkCredentialSource({ executable: { command } })
  t.match(words('/bin/a --b "c  d" e="f g" $h'), {
    executable: { command: ['/bin/a', '--b', 'c  d', 'e="f g"', '$h'] },
  })
  for (const bad of ['', '  ', 'a\0b', undefined, 7]) t.type(words(bad), 'string')
  t.end()
})
