import t from 'tap'
import { IMAGE_CREDENTIALS } from '../../../src/settings/environment/image-credentials.js'
import { failureOf, load } from '../load.js'

const IMAGE = { TAILER_PROXY_CREDENTIALS: IMAGE_CREDENTIALS }

t.test("the image's path counts as unset beside a token, a command or another identity", (t) => {
  t.equal(load([], { ...IMAGE, TAILER_PROXY_TOKEN: 'abc' }).credentials, undefined)
  t.equal(load([], { ...IMAGE, TAILER_PROXY_TOKEN_FILE: '/run/token' }).credentials, undefined)
  t.equal(load(['--exec', 'print-token'], IMAGE).credentials, undefined)
  t.equal(load(['--identity', 'adc', '--token-type', 'id-token'], IMAGE).credentials, undefined)
  t.equal(
    load([], { ...IMAGE, GOOGLE_APPLICATION_CREDENTIALS: '/run/adc.json' }).credentials,
    undefined,
  )
  t.end()
})

t.test("the image's path is what an error names where nothing else is given", (t) => {
  t.equal(load([], IMAGE).credentials, IMAGE_CREDENTIALS)
  t.end()
})

t.test('any other path beside a token is still one source too many', (t) => {
  const environment = { TAILER_PROXY_CREDENTIALS: '/run/key.json', TAILER_PROXY_TOKEN: 'abc' }
  t.match(failureOf([], environment).line, /more than one source of credentials/)
  t.end()
})
