import { credentialError } from './credential-error.js'

/** A credential file's content, a JSON object of whatever kind. */
export type CredentialFile = Readonly<Record<string, unknown>>

const HINT = 'download the key again, or name the right file with --credentials'

/**
 * Reads a credential file's text, which may begin with a BOM.
 * @throws {FatalError} with exit code 3; it never quotes the content
 */
export function parseCredentialFile(text: string, path: string): CredentialFile {
  let content: unknown
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    // The parser's message quotes the file: it goes nowhere.
    throw credentialError('credentials file is not JSON', path, HINT)
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw credentialError('credentials file is not a JSON object', path, HINT)
  }
  return content as CredentialFile
}
