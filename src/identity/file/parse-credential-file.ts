import { credentialError } from '../credential-error.js'
import { isJsonObject, type JsonObject } from './parse-json-object.js'

/** A credential file's content, a JSON object of whatever kind. */
export type CredentialFile = JsonObject

const HINT = 'download the key again, or name the right file with --credentials'

/**
 * Reads a credential file's text.
 * @throws {FatalError} with exit code 3; it never quotes the content
 */
export function parseCredentialFile(text: string, path: string): CredentialFile {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    // The parser's message quotes the file: it goes nowhere.
    throw credentialError('credentials file is not JSON', path, HINT)
  }
  if (isJsonObject(content)) return content
  throw credentialError('credentials file is not a JSON object', path, HINT)
}
