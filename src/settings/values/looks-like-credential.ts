/** The longest file name, in bytes, on the file systems of Linux, macOS and Windows. */
const MAX_NAME_LENGTH = 255

/**
 * JSON, plain or in base64, as in credentials files; PEM; JWTs; Google's API keys, access tokens,
 * refresh tokens and client secrets.
 */
const CREDENTIAL =
  /^\s*[{[]|-----BEGIN|^\s*(?:eyJ|ewo|ewk|ew0K)[\w+/=-]{8}|\beyJ[\w-]{8,}\.|\bAIza[\w-]{16}|\bya29\.|^\s*1\/\/\w|\bGOCSPX-/

/**
 * Owns guessing that a text is itself a credential, pasted where its file, a flag or a command is
 * expected. Such a text is not repeated in errors: others read logs, too.
 */
export function looksLikeCredential(text: string): boolean {
  return CREDENTIAL.test(text) || text.split('/').some((name) => name.length > MAX_NAME_LENGTH)
}
