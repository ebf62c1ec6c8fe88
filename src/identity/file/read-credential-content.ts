import type { Settings } from '../../settings/table.js'
import { readAuthorizedUser } from '../google/authorized-user.js'
import { credentialError } from '../credential-error.js'
import { type CredentialKind, readCredentialKind } from './credential-kind.js'
import { readExternalAccount } from '../google/external-account.js'
import type { FileContent } from './file-identity.js'
import { createGoogleIdentity } from '../google/google-identity.js'
import type { CredentialFile } from './parse-credential-file.js'
import {
  createSelfSignedSource,
  createServiceAccountCredential,
} from '../google/service-account.js'
import { readServiceAccountKey } from '../google/service-account-key.js'
import { createTailerSource, readTailerConfiguration, type Successors } from '../tailer.js'

/**
 * Creates the identity from the text of a credentials file of any kind.
 * @param successors of the refresh tokens in the file
 * @throws {FatalError} with exit code 3
 */
export function readCredentialContent(
  text: string,
  path: string,
  settings: Settings,
  successors: Successors,
): FileContent {
  const { kind, file } = readCredentialKind(text, path)
  checkWanted(kind, path, settings)
  switch (kind) {
    case 'service_account':
      return serviceAccount(file, path, settings)
    case 'authorized_user':
      return createGoogleIdentity(readAuthorizedUser(file, path), path, settings)
    case 'external_account':
      return createGoogleIdentity(readExternalAccount(file, path, settings), path, settings)
    case 'tailer': {
      const login = readTailerConfiguration(file, path)
      const source = createTailerSource(login, settings, successors)
      return { kind: 'tailer', email: login.email, source }
    }
  }
}

function serviceAccount(file: CredentialFile, path: string, settings: Settings): FileContent {
  const key = readServiceAccountKey(file, path)
  const kind = settings.identity === 'adc' ? 'adc' : 'service-account'
  const { keyId, email } = key
  if (settings.tokenType !== 'jwt') {
    const credential = createServiceAccountCredential(key)
    return { ...createGoogleIdentity(credential, path, settings), kind, keyId }
  }
  return { kind, email, keyId, source: createSelfSignedSource(key, settings.audience) }
}

/** Checks that the file is what `--identity` asks for. */
function checkWanted(
  kind: CredentialKind,
  path: string,
  { identity, impersonate }: Settings,
): void {
  const isTailer = kind === 'tailer'
  const fits =
    identity === 'tailer'
      ? isTailer
      : identity === 'service-account'
        ? kind === 'service_account'
        : identity !== 'adc' || !isTailer
  if (!fits) {
    const what = isTailer ? 'a tailer login' : `${kind} credentials`
    throw credentialError(
      `--identity ${identity} does not go with ${what}`,
      path,
      'leave --identity out, or name another file with --credentials',
    )
  }
  if (isTailer && impersonate !== undefined) {
    throw credentialError(
      '--impersonate does not go with a tailer login',
      path,
      'leave it out, or name Google credentials with --credentials',
    )
  }
}
