/** What a file's name can be at most, in bytes, on the file systems of Linux, macOS and Windows. */
const MAX_NAME_LENGTH = 255

/**
 * JSON, plain or in base64, as credentials files are; PEM; JWTs; Google's API keys, access tokens,
 * refresh tokens and client secrets.
 */
const CREDENTIAL =
  /^\s*[{[]|-----BEGIN|^\s*(?:eyJ|ewo|ewk|ew0K)[\w+/=-]{8}|\beyJ[\w-]{8,}\.|\bAIza[\w-]{16}|\bya29\.|^\s*1\/\/\w|\bGOCSPX-/

/**
 * Owns the guess that a text is a credential itself, pasted where its file, a flag or a command
 * is wanted. Such a text is not repeated to the one who gave it: others read logs, too.
 */
export function looksLikeCredential(text: string): boolean {
  return CREDENTIAL.test(text) || text.split('/').some((name) => name.length > MAX_NAME_LENGTH)
}
