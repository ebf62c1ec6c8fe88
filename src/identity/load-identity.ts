import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from '../settings/table.js'
import { credentialError } from './credential-error.js'
import type { Identity } from './identity.js'
import { readCredentialFile } from './read-credential-file.js'
import { readServiceAccountKey } from './service-account-key.js'
import { createSelfSignedSource } from './service-account.js'
import { createStaticSource, createTokenFileSource } from './static-token.js'

/**
 * Finds the credentials that the settings name, or the first of the usual places, and checks them
 * as far as that is possible without the network.
 * @throws {FatalError} with exit code 3
 */
export function loadIdentity(settings: Settings): Identity {
  if (settings.staticToken !== undefined) {
    const source = createStaticSource(settings.staticToken.reveal())
    return { kind: 'static', email: undefined, origin: 'TAILER_PROXY_TOKEN', source }
  }
  if (settings.tokenFile !== undefined) {
    const source = createTokenFileSource(settings.tokenFile)
    return { kind: 'static', email: undefined, origin: settings.tokenFile, source }
  }
  const path = findCredentials(settings)
  if (path === undefined) {
    throw credentialError(
      'no credentials found',
      '--credentials',
      'name a key file with --credentials, or log in with `tailer auth login`; ' +
        'to try it without any: tailer-proxy demo',
    )
  }
  const file = readCredentialFile(path)
  if (file['type'] !== 'service_account' || settings.tokenType !== 'jwt') {
    throw credentialError(
      'these credentials cannot be used yet: only a service account key with --token-type jwt',
      path,
      'name a service account key with --credentials',
    )
  }
  const key = readServiceAccountKey(file, path)
  const source = createSelfSignedSource(key, settings.audience)
  return { kind: 'service-account', email: key.email, origin: path, source }
}

function findCredentials(settings: Settings): string | undefined {
  const tailer = join(settings.tailerHome, 'tailer-configuration.json')
  return (
    settings.credentials ??
    settings.googleApplicationCredentials ??
    (existsSync(tailer) ? tailer : undefined)
  )
}
