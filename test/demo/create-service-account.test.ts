import { createPrivateKey, createPublicKey } from 'node:crypto'
import t from 'tap'
import { createServiceAccount } from '../../src/demo/create-service-account.js'

t.test('the key file has the form of a Google service account key', async (t) => {
  const { keyFile, publicKey } = await createServiceAccount()
  t.match(keyFile, {
    type: 'service_account',
    project_id: 'tailer-demo',
    private_key_id: /^[0-9a-f]{40}$/,
    private_key: /^-----BEGIN PRIVATE KEY-----\n/,
    client_email: /^[a-z]+@tailer-demo\.iam\.gserviceaccount\.com$/,
    client_id: /^\d{21}$/,
    token_uri: 'https://oauth2.googleapis.com/token',
  })
  const privateKey = createPrivateKey(keyFile.private_key)
  t.equal(privateKey.asymmetricKeyDetails?.modulusLength, 2048)
  t.ok(createPublicKey(privateKey).equals(publicKey), 'the two keys are a pair')
})

t.test('no two accounts share a key', async (t) => {
  const [one, other] = await Promise.all([createServiceAccount(), createServiceAccount()])
  t.not(one.keyFile.private_key, other.keyFile.private_key)
  t.not(one.keyFile.private_key_id, other.keyFile.private_key_id)
})
