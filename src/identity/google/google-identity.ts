import type { Settings } from '../../settings/table.js'
import { credentialError } from '../credential-error.js'
import type { FileContent } from '../file/file-identity.js'
import { createGoogleSource, type GoogleCredential } from './google-credential.js'
import { impersonate } from './impersonation.js'

/**
 * The identity for Google credentials that do not sign tokens themselves: under their own account,
 * or the one to impersonate.
 * @param origin where they were found, for people
 * @throws {FatalError} with exit code 3 if they cannot get tokens of the requested type
 */
export function createGoogleIdentity(
  own: GoogleCredential,
  origin: string,
  settings: Settings,
): FileContent {
  if (settings.tokenType === 'jwt') {
    throw credentialError(
      'only a service account key can make tokens of type jwt',
      origin,
      'add --token-type id-token (or access-token)',
    )
  }
  const { impersonate: email } = settings
  const credential = email === undefined ? own : impersonate(own, email)
  if (settings.tokenType === 'id-token' && credential.idToken === undefined) {
    throw credentialError(
      'these credentials cannot get a token of type id-token by themselves',
      origin,
      'name a service account with --impersonate, or use --token-type access-token',
    )
  }
  return {
    kind: 'adc',
    email: credential.email,
    source: createGoogleSource(credential, settings),
  }
}
