import type { SecureContext } from 'node:tls'
import { EXIT, FatalError } from '../errors.js'
import { watchFile } from '../identity/file/watch-file.js'
import type { Log } from '../log/log.js'
import { CA_FILE_HINT, readCaFile } from '../settings/read-ca-file.js'
import type { Settings } from '../settings/table.js'
import { createTrust } from '../upstream/dial.js'

/** Whom to trust as the upstream; `--ca-file` is reloaded when it changes. */
export interface UpstreamTrust {
  readonly current: () => SecureContext
  /** Uses new valid content for new connections, and logs it; returns a function to stop. */
  readonly follow: (log: Log) => () => void
}

/**
 * @param extraCas PEM texts, instead of those of `--ca-file`
 * @throws {FatalError} if the file became unusable since the settings were loaded
 */
export function createUpstreamTrust(
  { caFile, extraCaFile }: Pick<Settings, 'caFile' | 'extraCaFile'>,
  extraCas?: readonly string[],
): UpstreamTrust {
  if (caFile === undefined || extraCas !== undefined) {
    const fixed = createTrust(extraCas ?? [])
    return { current: () => fixed, follow: () => () => undefined }
  }
  const read = () => readCaFile(caFile)
  const { text, fault } = read()
  if (fault !== undefined) {
    const where = `--ca-file ${caFile}`
    throw new FatalError(`the CA file ${fault}`, {
      exitCode: EXIT.usage,
      where,
      hint: CA_FILE_HINT,
    })
  }
  // Node drops those of NODE_EXTRA_CA_CERTS as soon as others are added. It warns of a bad file
  // itself, and continues without it; so do we.
  const extra = extraCaFile === undefined ? undefined : readCaFile(extraCaFile).text
  const trustAlso = (pem: string) => createTrust(extra === undefined ? [pem] : [pem, extra])
  let trust = trustAlso(text)
  return {
    current: () => trust,
    follow: (log) =>
      watchFile({
        path: caFile,
        before: text,
        read,
        changed(seen) {
          if (seen.fault !== undefined) {
            const reason = `the CA file ${seen.fault}`
            log.warn({ file: caFile, reason, hint: CA_FILE_HINT }, 'changed CA file not used')
            return
          }
          trust = trustAlso(seen.text)
          log.info({ file: caFile }, 'CA file changed')
        },
      }),
  }
}
