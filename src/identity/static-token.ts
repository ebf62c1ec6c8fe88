import { readLimitedText } from '../settings/read-limited-text.js'
import { MintError, type TokenSource } from '../token/token-source.js'
import { isBearerToken, readExpiry, Token } from '../token/token.js'

const MAX_BYTES = 64 * 1024

/** A token that was given as it is; its `exp` is read if it is a JWT, else it does not end. */
export function createStaticSource(value: string): TokenSource {
  return { mint: () => Promise.resolve(toToken(value, 'TAILER_PROXY_TOKEN')) }
}

/** A token in a file, read anew at each mint. */
export function createTokenFileSource(path: string): TokenSource {
  return {
    // eslint-disable-next-line @typescript-eslint/require-await -- so that a throw is a rejection
    async mint() {
      const read = readLimitedText(path, MAX_BYTES)
      if (read.fault !== undefined) {
        throw new MintError(`token file ${read.fault}`, { permanent: true })
      }
      return toToken(read.text.trim(), 'the token file')
    },
  }
}

function toToken(value: string, where: string): Token {
  if (!isBearerToken(value)) {
    throw new MintError(`${where} holds no bearer token`, { permanent: true })
  }
  const expiresAtMs = readExpiry(value) ?? Infinity
  if (expiresAtMs <= Date.now()) {
    throw new MintError(`the token in ${where} has ended`, {
      permanent: true,
      hint: 'give a fresh token, or credentials that can mint one',
    })
  }
  return new Token(value, Date.now(), expiresAtMs)
}
