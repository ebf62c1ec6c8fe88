import { codeOf, FatalError } from '../../errors.js'
import { type LimitedText, readLimitedFile } from '../../settings/read-limited-text.js'
import { MintError, type TokenSource } from '../../token/token-source.js'
import { credentialError } from '../credential-error.js'
import type { Identity } from '../identity.js'
import { watchFile } from './watch-file.js'

/** Larger files are not credentials. */
const MAX_BYTES = 64 * 1024

const KEY_HINT = 'create a key of type JSON for the service account'
const HINTS = {
  binary: `save it as UTF-8; if it is a p12 key, ${KEY_HINT} instead`,
  forbidden:
    'let the user that runs tailer-proxy read it; in a container, run as its owner (--user)',
  missing: 'check the path; a relative one starts at the current directory',
  directory: 'name the file in it',
  special: 'name a regular file, not a pipe or a device',
  empty: 'it may not have been written yet: see what should write it',
}

/** What the content of a file provides; `origin` and `watch` come from the file itself. */
export type FileContent = Pick<Identity, 'kind' | 'email' | 'keyId' | 'source'>

/** How a file is referred to in errors. */
export interface FileWords {
  readonly name: string
  readonly hint: string
}

/**
 * An identity that follows a file: new valid content is used from the next mint on; invalid content
 * leaves the previous one in use. Once the file is gone, no new tokens are minted.
 * @param read checks the content
 * @throws {FatalError} with exit code 3
 */
export function loadFileIdentity(
  path: string,
  words: FileWords,
  read: (text: string) => FileContent,
): Identity {
  const readFile = (): LimitedText => readLimitedFile(path, MAX_BYTES)
  const first = textOf(readFile(), path, words)
  let content = read(first)
  let gone = false
  const source: TokenSource = {
    mint(signal) {
      if (gone)
        return Promise.reject(new MintError(`the ${words.name} is gone`, { hint: HINTS.missing }))
      return content.source.mint(signal)
    },
  }
  return {
    get kind() {
      return content.kind
    },
    get email() {
      return content.email
    },
    get keyId() {
      return content.keyId
    },
    origin: path,
    source,
    watch: (observer) =>
      watchFile({
        path,
        before: first,
        read: readFile,
        changed(seen) {
          gone = seen.fault !== undefined && seen.what === 'missing'
          try {
            content = read(textOf(seen, path, words))
            observer.reloaded()
          } catch (error) {
            const { message, hint } = error instanceof FatalError ? error : unforeseen(error, words)
            observer.reloadFailed(message, hint)
          }
        },
      }),
  }
}

/** An unforeseen error must not end the proxy. Its own message might quote the file. */
function unforeseen(
  error: unknown,
  { name, hint }: FileWords,
): Pick<FatalError, 'message' | 'hint'> {
  const what = codeOf(error) ?? (error instanceof Error ? error.name : 'unknown')
  return { message: `${name} cannot be used (${what})`, hint }
}

function textOf(read: LimitedText, path: string, { name, hint }: FileWords): string {
  if (read.fault === undefined) {
    if (read.text.trim() !== '') return read.text
    throw credentialError(`${name} is empty`, path, HINTS.empty)
  }
  const { fault, what } = read
  if (what === 'binary' && /\.(p12|pfx)$/i.test(path)) {
    throw credentialError(`${name} is a p12 key, which is not supported`, path, KEY_HINT)
  }
  throw credentialError(`${name} ${fault}`, path, (what && HINTS[what]) ?? hint)
}
