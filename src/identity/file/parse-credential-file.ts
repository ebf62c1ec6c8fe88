import type { FatalError } from '../../errors.js'
import { isConfigKey, looksLikeConfig } from '../../settings/config-file/looks-like-config.js'
import { credentialError } from '../credential-error.js'
import { isJsonObject, type JsonObject } from './parse-json-object.js'

/** The content of a credentials file of any kind, a JSON object. */
export type CredentialFile = JsonObject

const HINT = 'download the key again, or name the right file with --credentials'

function configError(path: string): FatalError {
  return credentialError(
    'this is a tailer-proxy config, not a credentials file',
    path,
    'pass it with --config instead of --credentials',
  )
}

/**
 * Parses the text of a credentials file.
 * @throws {FatalError} with exit code 3; it never quotes the content
 */
export function parseCredentialFile(text: string, path: string): CredentialFile {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    // The parser's message quotes the file, so it is dropped.
    if (looksLikeConfig(text)) throw configError(path)
    throw credentialError('credentials file is not JSON', path, HINT)
  }
  if (isJsonObject(content)) {
    const keys = Object.keys(content)
    if (keys.length > 0 && keys.every((key) => isConfigKey(key))) throw configError(path)
    return content
  }
  throw credentialError('credentials file is not a JSON object', path, HINT)
}
