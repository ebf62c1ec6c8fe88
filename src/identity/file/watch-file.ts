import { watch } from 'node:fs'
import { dirname } from 'node:path'
import { type LimitedText, readLimitedFile } from '../../settings/read-limited-text.js'

/** Larger files are no credentials. */
export const MAX_BYTES = 64 * 1024
/** How often the content is compared, whatever the file system told. */
const LOOK_MS = 10_000
/** Writers take a moment, and give several events. */
const SETTLE_MS = 100

/**
 * Calls back when a file's content changed, or when it came or went. It listens to the directory,
 * since editors rename a new file into place and kubelet swaps the `..data` link beside it; links
 * that lead elsewhere are found by looking every 10 s.
 * @param before the content as it is known; it may have changed since it was read
 * @returns ends it
 */
export function watchFile(
  path: string,
  before: string,
  changed: (read: LimitedText) => void,
  lookMs: number = LOOK_MS,
): () => void {
  let known = before
  const look = (): void => {
    const read = readLimitedFile(path, MAX_BYTES)
    const seen = read.text ?? `fault ${read.fault}`
    if (seen === known) return
    known = seen
    changed(read)
  }
  let settling: NodeJS.Timeout | undefined
  const lookSoon = (): void => {
    clearTimeout(settling)
    settling = setTimeout(look, SETTLE_MS).unref()
  }
  const events = listen(dirname(path), lookSoon)
  const timer = setInterval(look, lookMs).unref()
  lookSoon()
  return () => {
    events?.close()
    clearInterval(timer)
    clearTimeout(settling)
  }
}

/** Not every file system can tell of changes; looking does without. */
function listen(directory: string, event: () => void) {
  try {
    const watcher = watch(directory, { persistent: false }, event)
    watcher.on('error', () => {
      watcher.close()
    })
    return watcher
  } catch {
    return undefined
  }
}
