import { MintError, type TokenSource } from '../token/token-source.js'
import { isBearerToken, readExpiry, Token } from '../token/token.js'
import { credentialError } from './credential-error.js'
import type { Identity } from './identity.js'
import { type FileContent, loadFileIdentity } from './file-identity.js'

const HINT = 'give a fresh token, or credentials that can mint one'

/**
 * A token that was given as it is; its `exp` is read if it is a JWT, else it does not end.
 * @param where it was given, for people
 */
export function createStaticSource(value: string, where: string): TokenSource {
  return {
    // eslint-disable-next-line @typescript-eslint/require-await -- so that a throw is a rejection
    async mint() {
      if (!isBearerToken(value)) {
        throw new MintError(`${where} holds no bearer token`, { permanent: true, hint: HINT })
      }
      const expiresAtMs = readExpiry(value) ?? Infinity
      if (expiresAtMs <= Date.now()) {
        const what = `the token in ${where} has ended`
        throw new MintError(what, { permanent: true, hint: HINT })
      }
      return new Token(value, Date.now(), expiresAtMs)
    },
  }
}

/** A token in a file, which is followed. @throws {FatalError} with exit code 3 */
export function loadTokenFile(path: string): Identity {
  return loadFileIdentity(path, (text): FileContent => {
    const value = text.trim()
    if (!isBearerToken(value)) {
      throw credentialError('the token file holds no bearer token', path, HINT)
    }
    const source = createStaticSource(value, 'the token file')
    return { kind: 'static', email: undefined, source }
  })
}
