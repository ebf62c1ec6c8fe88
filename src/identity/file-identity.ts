import { FatalError } from '../errors.js'
import { type LimitedText, readLimitedText } from '../settings/read-limited-text.js'
import { MintError, type TokenSource } from '../token/token-source.js'
import { credentialError } from './credential-error.js'
import type { Identity } from './identity.js'
import { watchFile } from './watch-file.js'

/** Larger files are refused unread: no credential is. */
const MAX_BYTES = 64 * 1024

/** What a file's content makes; `origin` and watching come from the file itself. */
export type FileContent = Pick<Identity, 'kind' | 'email' | 'source'>

/**
 * An identity from a file, which follows the file: a new good content is used from the next mint
 * on; with a bad one the old stays. Of a file that is gone, no new tokens are made.
 * @param read checks the content. @throws {FatalError} with exit code 3
 * @throws {FatalError} with exit code 3
 */
export function loadFileIdentity(path: string, read: (text: string) => FileContent): Identity {
  const first = textOf(readLimitedText(path, MAX_BYTES), path)
  let content = read(first)
  let gone = false
  const source: TokenSource = {
    mint(signal) {
      if (gone) return Promise.reject(new MintError('the credentials file is gone'))
      return content.source.mint(signal)
    },
  }
  return {
    kind: content.kind,
    email: content.email,
    origin: path,
    source,
    watch: (observer) =>
      watchFile(path, first, (seen) => {
        gone = seen.fault === 'does not exist'
        try {
          content = read(textOf(seen, path))
          observer.reloaded()
        } catch (error) {
          if (!(error instanceof FatalError)) throw error
          observer.reloadFailed(error.message, error.hint)
        }
      }),
  }
}

function textOf(read: LimitedText, path: string): string {
  if (read.fault === undefined) return read.text
  const { fault } = read
  if (fault === 'is not text in UTF-8' && /\.(p12|pfx)$/i.test(path)) {
    throw credentialError(
      'credentials file is a p12 key, which is not supported',
      path,
      'create a key of type JSON for the service account',
    )
  }
  throw credentialError(
    `credentials file ${fault}`,
    path,
    'download the key again, or name the right file with --credentials',
  )
}
