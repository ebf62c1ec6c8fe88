/**
 * Owns the throwaway service account: a key file in Google's format, whose fresh private key gives
 * access only to the embedded API.
 */
import { generateKeyPair, randomBytes, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'

const PROJECT = 'tailer-demo'
const EMAIL = `demo@${PROJECT}.iam.gserviceaccount.com`

/** The JSON of a Google service account key. */
export interface ServiceAccountKeyFile {
  type: 'service_account'
  project_id: string
  private_key_id: string
  /** PKCS#8 in PEM. */
  private_key: string
  client_email: string
  client_id: string
  auth_uri: string
  token_uri: string
  auth_provider_x509_cert_url: string
  client_x509_cert_url: string
  universe_domain: string
}

export interface ServiceAccount {
  keyFile: ServiceAccountKeyFile
  publicKey: KeyObject
}

/** Creates a fresh 2048-bit RSA key in a separate thread: the event loop is not blocked. */
export async function createServiceAccount(): Promise<ServiceAccount> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return {
    publicKey,
    keyFile: {
      type: 'service_account',
      project_id: PROJECT,
      private_key_id: randomBytes(20).toString('hex'),
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      client_email: EMAIL,
      client_id: '100000000000000000000',
      auth_uri: 'https://accounts.google.com/o/oauth2/auth',
      token_uri: 'https://oauth2.googleapis.com/token',
      auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
      client_x509_cert_url: `https://www.googleapis.com/robot/v1/metadata/x509/${encodeURIComponent(EMAIL)}`,
      universe_domain: 'googleapis.com',
    },
  }
}
