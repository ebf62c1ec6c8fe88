import { readLimitedText } from '../settings/read-limited-text.js'
import { credentialError } from './credential-error.js'

/** Larger files are refused unread: no credential is. */
const MAX_BYTES = 64 * 1024

/** A credential file's content, a JSON object of whatever kind. */
export type CredentialFile = Readonly<Record<string, unknown>>

const HINT = 'download the key again, or name the right file with --credentials'

/**
 * Reads a credential file, which may begin with a BOM.
 * @throws {FatalError} with exit code 3; it never quotes the content
 */
export function readCredentialFile(path: string): CredentialFile {
  const read = readLimitedText(path, MAX_BYTES)
  if (read.fault !== undefined) throw credentialError(`credentials file: ${read.fault}`, path, HINT)
  return parseCredentialFile(read.text, path)
}

/** As `readCredentialFile`, of a text that is there already. */
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
