import { watch } from 'node:fs'
import { dirname } from 'node:path'
import type { LimitedText } from '../../settings/read-limited-text.js'

/** How often the content is compared, whatever the file system reports. */
const LOOK_MS = 10_000
/** Writers take a moment, and cause several events. */
const SETTLE_MS = 100

export interface Watched {
  readonly path: string
  /** The content as last read; it may have changed since. */
  readonly before: string
  readonly read: () => LimitedText
  readonly changed: (seen: LimitedText) => void
  /** Default: 10 s. */
  readonly lookMs?: number
}

/**
 * Calls back when a file's content changes, or the file appears or disappears. It watches the
 * directory, since editors rename a new file into place and kubelet swaps the `..data` link beside
 * it; links that lead elsewhere are found by polling every 10 s.
 * @returns a function that stops watching
 */
export function watchFile({ path, before, read, changed, lookMs = LOOK_MS }: Watched): () => void {
  let known = before
  const look = (): void => {
    const seen = read()
    const content = seen.text ?? `fault ${seen.fault}`
    if (content === known) return
    known = content
    changed(seen)
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

/** Not every file system reports changes; polling works without. */
function listen(directory: string, event: () => void) {
  try {
    const watcher = watch(directory, { persistent: false }, event)
    // Node has already closed it.
    watcher.on('error', () => undefined)
    return watcher
  } catch {
    return undefined
  }
}
