import t from 'tap'
import { runExecutable } from '../../../src/identity/google/executable-source.js'

const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token'
const GOOD = { version: 1, success: true, token_type: ID_TOKEN, id_token: 'abc' }

/** The subject token of a program that is a script of `sh`. */
function run(script: string): Promise<string> {
  const asked = { audience: '//iam.test/p', subjectTokenType: ID_TOKEN, impersonates: undefined }
  const executable = { command: ['/bin/sh', '-c', script], outputFile: undefined } as const
  return runExecutable(executable, asked, new AbortController().signal)
}
const answer = (content: object) => run(`echo '${JSON.stringify(content)}'`)

t.test('an end that is told is looked at, if it is a number', async (t) => {
  const now = Math.floor(Date.now() / 1000)
  for (const expiration_time of [now + 600, undefined, null, '7', 'soon']) {
    t.equal(await answer({ ...GOOD, expiration_time }), 'abc')
  }
  for (const expiration_time of [0, now]) {
    await t.rejects(answer({ ...GOOD, expiration_time }), {
      message: 'the program of credential_source printed an expired token',
    })
  }
})

t.test('a response without a token says what it is', async (t) => {
  const told: [answer: unknown, what: string][] = [
    [{ ...GOOD, id_token: '' }, 'printed no token'],
    [{ ...GOOD, version: '1' }, 'printed no token'],
    [{ ...GOOD, token_type: 'urn:ietf:params:oauth:token-type:saml2' }, 'printed no token'],
    [{ ...GOOD, success: 'true' }, 'reports a failure'],
    [{ success: false, message: 7 }, 'reports a failure'],
    [{ success: false, message: 'log in first' }, 'reports a failure: log in first'],
    [[GOOD], 'printed something other than JSON'],
  ]
  for (const [content, what] of told) {
    await t.rejects(answer(content as object), {
      message: `the program of credential_source ${what}`,
      hint: 'run it by hand; see https://google.aip.dev/auth/4117',
      permanent: false,
    })
  }
})

t.test('what is not of this credential is not told to the program', async (t) => {
  const names = ['OUTPUT_FILE', 'IMPERSONATED_EMAIL'].map((n) => `GOOGLE_EXTERNAL_ACCOUNT_${n}`)
  for (const name of names) process.env[name] = 'of another'
  t.teardown(() => {
    for (const name of names) Reflect.deleteProperty(process.env, name)
  })
  const values = names.map((name) => `\${${name}-none}`).join(' ')
  const good = JSON.stringify({ ...GOOD, id_token: '%s' })
  t.equal(await run(`printf '${good}' "${values}"`), 'none none')
})
