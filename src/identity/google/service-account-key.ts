import { createPrivateKey } from 'node:crypto'
import { credentialError } from '../credential-error.js'
import { looksLikePem, normalizePem } from './normalize-pem.js'
import type { CredentialFile } from '../file/parse-credential-file.js'

/** A validated key of a Google service account. */
export interface ServiceAccountKey {
  readonly email: string
  readonly keyId: string
  /** PEM. */
  readonly privateKey: string
}

const HINT = 'create a new key in Google Cloud: IAM, Service Accounts, Keys, Add key, JSON'

const LINES_HINT =
  'its line ends may have been lost, or it was truncated: take the file as it was downloaded'

/**
 * Checks a key file field by field; no error contains any part of the key.
 * @throws {FatalError} with exit code 3
 */
export function readServiceAccountKey(file: CredentialFile, path: string): ServiceAccountKey {
  const field = (name: string): string => {
    const value = file[name]
    if (typeof value === 'string' && value !== '') return value
    const state = value === undefined || value === '' ? 'missing' : 'not text'
    throw credentialError(`service account key: ${name} is ${state}`, path, HINT)
  }
  const email = field('client_email')
  const keyId = field('private_key_id')
  const privateKey = normalizePem(field('private_key'))
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) {
    throw credentialError('service account key: client_email is not an e-mail address', path, HINT)
  }
  checkRsa(privateKey, path)
  return { email, keyId, privateKey }
}

function checkRsa(pem: string, path: string): void {
  let type: string | undefined
  try {
    type = createPrivateKey(pem).asymmetricKeyType
  } catch (cause) {
    const isEncrypted = pem.includes('ENCRYPTED')
    const what = isEncrypted
      ? 'service account key: private_key is encrypted'
      : 'service account key: private_key is not a complete private key in PEM form'
    const hint = looksLikePem(pem) && !isEncrypted ? LINES_HINT : HINT
    throw credentialError(what, path, hint, cause)
  }
  if (type !== 'rsa') {
    // Signing RS256 with another kind of key succeeds, and yields a token that nobody accepts.
    throw credentialError(
      `service account key: private_key is ${String(type)}, not RSA`,
      path,
      HINT,
    )
  }
}
