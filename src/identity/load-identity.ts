import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from '../settings/table.js'
import { credentialError } from './credential-error.js'
import { createExecSource } from './exec.js'
import { loadFileIdentity } from './file/file-identity.js'
import { createGoogleIdentity } from './google/google-identity.js'
import type { Identity } from './identity.js'
import { createMetadataServerCredential } from './google/metadata-server.js'
import { readCredentialContent } from './file/read-credential-content.js'
import { createStaticSource, loadTokenFile } from './static-token.js'
import type { Successors } from './tailer.js'

const FILE_WORDS = {
  name: 'credentials file',
  hint: 'download the key again, or name the right file with --credentials',
}

/**
 * Finds the credentials that the settings name, or the first in the usual places, and checks them
 * as far as possible without the network.
 * @throws {FatalError} with exit code 3
 */
export function loadIdentity(settings: Settings): Identity {
  const given = loadGivenToken(settings)
  if (given !== undefined) {
    refuseImpersonation(settings, given)
    return given
  }
  const path = findCredentials(settings)
  if (path !== undefined) {
    const successors: Successors = new Map()
    return loadFileIdentity(path, FILE_WORDS, (text) =>
      readCredentialContent(text, path, settings, successors),
    )
  }
  if (settings.identity === 'adc') {
    const origin = 'metadata server'
    const credential = createMetadataServerCredential(settings.metadataHost)
    return { ...createGoogleIdentity(credential, origin, settings), origin }
  }
  throw credentialError(
    'no credentials found',
    '--credentials',
    'name a key file with --credentials, or log in with `tailer auth login`; on Google Cloud, use ' +
      '--identity adc --token-type id-token; to try it without credentials: tailer-proxy demo',
  )
}

/** A token given directly, or by a command. */
function loadGivenToken({ staticToken, tokenFile, exec, execPattern }: Settings) {
  if (staticToken !== undefined) {
    const origin = 'TAILER_PROXY_TOKEN'
    const source = createStaticSource(staticToken.reveal(), origin)
    return { kind: 'static', email: undefined, origin, source } satisfies Identity
  }
  if (tokenFile !== undefined) return loadTokenFile(tokenFile)
  if (exec === undefined) return undefined
  const source = createExecSource(exec, execPattern)
  return { kind: 'exec', email: undefined, origin: '--exec', source } satisfies Identity
}

/** The first file that this kind of identity can be read from. */
function findCredentials(settings: Settings): string | undefined {
  const { credentials, googleApplicationCredentials: google, identity } = settings
  const tailer = join(settings.tailerHome, 'tailer-configuration.json')
  const gcloud = join(settings.gcloudHome, 'application_default_credentials.json')
  const ifThere = (path: string): string | undefined => (existsSync(path) ? path : undefined)
  if (credentials !== undefined) return credentials
  if (identity === 'tailer') return ifThere(tailer)
  if (identity === 'adc') return google ?? ifThere(gcloud)
  if (identity === 'service-account') return google
  return google ?? ifThere(tailer)
}

function refuseImpersonation({ impersonate }: Settings, { kind, origin }: Identity): void {
  if (impersonate === undefined) return
  throw credentialError(
    `--impersonate does not go with identity ${kind}`,
    origin,
    'leave it out, or name Google credentials with --credentials',
  )
}
