import t, { type Test } from 'tap'
import { createServiceAccount } from '../../src/demo/create-service-account.js'
import type { Identity } from '../../src/identity/identity.js'
import { MintError } from '../../src/token/token-source.js'
import { API_KEY, LOGIN, rotating } from '../fakes/firebase.js'
import { answerAssertion, answerExchange, answerRefresh, idToken } from '../fakes/google.js'
import { answerMetadata } from '../fakes/metadata-server.js'
import { type FakeAnswer, type FakeRequest, serve } from '../fakes/serve.js'
import { fileOf, identityOf, mint, mintFailure } from './mint.js'

/** What is the same for every identity that has to ask someone for its tokens. */

const { keyFile, publicKey } = await createServiceAccount()
const account = { email: keyFile.client_email, publicKey }

type Answering = (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer>

interface Kind {
  readonly well: () => Answering
  /** The identity that asks the endpoint at `origin`. */
  readonly of: (t: Test, origin: string) => Identity
}

const google = (type: string, file: (t: Test) => object) => (t: Test, origin: string) =>
  identityOf([
    ...['--credentials', fileOf(t, file(t)), '--google-token-url', origin],
    ...['--token-type', type],
  ])
const user = () => ({
  ...{ type: 'authorized_user', client_id: 'id', client_secret: 'secret' },
  refresh_token: '1//refresh',
})
const federated = (t: Test) => ({
  type: 'external_account',
  audience: '//iam.googleapis.com/p',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: 'https://sts.googleapis.com/v1/token',
  credential_source: { file: fileOf(t, 'subject', 'token') },
})
const machine = (type: string) => (_t: Test, origin: string) =>
  identityOf(['--identity', 'adc', '--token-type', type], {
    GCE_METADATA_HOST: new URL(origin).host,
  })
const verify: Answering = (request) => answerAssertion(request, account)

const KINDS: Record<string, Kind> = {
  'a service account’s ID token': {
    well: () => verify,
    of: google('id-token', () => keyFile),
  },
  'a service account’s access token': {
    well: () => verify,
    of: google('access-token', () => keyFile),
  },
  'a gcloud login’s ID token': { well: () => answerRefresh, of: google('id-token', user) },
  'a gcloud login’s access token': { well: () => answerRefresh, of: google('access-token', user) },
  'a federated access token': { well: () => answerExchange, of: google('access-token', federated) },
  'the machine’s ID token': { well: () => answerMetadata, of: machine('id-token') },
  'the machine’s access token': { well: () => answerMetadata, of: machine('access-token') },
  'a tailer login': {
    well: rotating,
    of: (t, origin) =>
      identityOf(['--credentials', fileOf(t, LOGIN), '--firebase-token-url', origin]),
  },
  'a command': {
    well: () => () => ({ body: `User token : ${idToken({})}` }),
    of: (_t, origin) => {
      const script = `require("http").get("${origin}", (answer) => {
        process.exitCode = answer.statusCode === 200 ? 0 : 1
        answer.pipe(process.stdout)
      })`
      return identityOf(['--exec', `'${process.execPath}' -e '${script}'`])
    },
  },
}

const SECRETS = new RegExp(`1//refresh|${API_KEY}|refresh-[0-9]|subject\\b|secret|eyJ|BEGIN`)

/** In each way that an answer can be wrong, with all that was sent in it. */
const FAULTS: Record<string, (request: FakeRequest) => FakeAnswer> = {
  'is busy': () => ({ status: 429, headers: { 'retry-after': '7' }, body: {} }),
  breaks: ({ body, url }) => ({ status: 500, body: `${body} ${url.href}` }),
  refuses: ({ body }) => ({
    status: 403,
    body: { error: 'invalid_grant', error_description: body },
  }),
  babbles: ({ body }) => ({ headers: { 'metadata-flavor': 'Google' }, body: `<p> ${body}` }),
}

for (const [name, { well, of }] of Object.entries(KINDS)) {
  t.test(`${name} is minted anew each time, and again after whatever went wrong`, async (t) => {
    const good = well()
    let answer: (request: FakeRequest) => FakeAnswer | undefined | Promise<FakeAnswer> = good
    const endpoint = await serve(t, (request) => answer(request))
    const identity = of(t, endpoint.origin)
    const isOfItsTime = async (): Promise<void> => {
      const token = await mint(identity)
      const leftMs = token.expiresAtMs - Date.now()
      t.ok(leftMs > 1_700_000 && leftMs <= 3_600_000, `${leftMs} ms`)
    }
    await isOfItsTime()
    await isOfItsTime()
    t.equal(endpoint.requests.length, 2)

    for (const [what, fault] of Object.entries(FAULTS)) {
      answer = fault
      const asked = endpoint.requests.length
      const error = await mintFailure(identity)
      t.equal(endpoint.requests.length, asked + 1, `asked once when it ${what}`)
      t.equal(error.permanent, false)
      t.equal(error.cause, undefined, 'nothing of the response is passed on')
      t.notMatch(`${error.message} ${String(error.hint)}`, SECRETS)
      if (what === 'is busy' && name !== 'a command') t.equal(error.retryAfterMs, 7_000)
    }

    const giveUp = new AbortController()
    answer = () => {
      giveUp.abort()
      return undefined
    }
    await t.rejects(mint(identity, giveUp.signal), MintError, 'it ends when it is given up')

    answer = good
    await isOfItsTime()
    endpoint.server.close()
    endpoint.server.closeAllConnections()
    t.equal((await mintFailure(identity)).permanent, false, 'an endpoint that is down')
  })
}
