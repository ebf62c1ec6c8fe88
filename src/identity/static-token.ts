import { MintError, type TokenSource } from '../token/token-source.js'
import { isBearerToken, readExpiry, Token } from '../token/token.js'
import { credentialError } from './credential-error.js'
import type { Identity } from './identity.js'
import { type FileContent, loadFileIdentity } from './file/file-identity.js'

const HINT = 'give it a fresh token, or use credentials that can mint one'

/**
 * A token given as it is; its `exp` is read if it is a JWT, otherwise it does not expire.
 * @param where it came from, for people
 */
export function createStaticSource(value: string, where: string): TokenSource {
  return {
    // eslint-disable-next-line @typescript-eslint/require-await -- so that a throw is a rejection
    async mint() {
      const fault = faultOf(value)
      if (fault !== undefined) {
        throw new MintError(`${where} ${fault}`, { permanent: true, hint: HINT })
      }
      const now = Date.now()
      return new Token(value, now, readExpiry(value, now) ?? Infinity)
    },
  }
}

function faultOf(value: string): string | undefined {
  if (!isBearerToken(value)) return 'holds no bearer token'
  const now = Date.now()
  return (readExpiry(value, now) ?? Infinity) <= now ? 'holds an expired token' : undefined
}

const FILE_WORDS = {
  name: 'token file',
  hint: 'name a file that holds a token and nothing else with TAILER_PROXY_TOKEN_FILE',
}

/** A token in a file that is watched. @throws {FatalError} with exit code 3 */
export function loadTokenFile(path: string): Identity {
  return loadFileIdentity(path, FILE_WORDS, (text): FileContent => {
    const value = text.trim()
    const fault = faultOf(value)
    if (fault !== undefined) throw credentialError(`the token file ${fault}`, path, HINT)
    const source = createStaticSource(value, 'the token file')
    return { kind: 'static', email: undefined, source }
  })
}
