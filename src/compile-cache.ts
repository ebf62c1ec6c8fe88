import { mkdirSync, statSync } from 'node:fs'
import module from 'node:module'
import { join } from 'node:path'
import { isSea } from 'node:sea'
import type { Environment } from './settings/environment/read-variables.js'

/** Since Node 22.8; before that, all code is compiled at each start. */
type EnableCompileCache = (folder: string) => unknown

/**
 * Lets Node cache compiled code between starts, in the user's own cache folder
 * (`$XDG_CACHE_HOME/tailer-proxy`, by default `~/.cache/tailer-proxy`). Never in /tmp, Node's
 * default: anyone else who may write there could put code into a process that holds a key. If there
 * is no such folder, or it cannot be written, nothing is cached, silently.
 */
export function keepCompiledCode(environment: Environment): void {
  const { enableCompileCache: enable } = module as {
    enableCompileCache?: EnableCompileCache
  }
  // A single executable has no files to compile.
  if (enable === undefined || isSea()) return
  const folder = ownFolder(environment)
  if (folder !== undefined) enable(folder)
}

function ownFolder(environment: Environment): string | undefined {
  const home = environment['HOME']
  const cache = environment['XDG_CACHE_HOME']
  try {
    // The parent folder is already the user's: a missing home is not created.
    const above = cache || (home && isOwn(home) ? join(home, '.cache') : undefined)
    if (!above) return undefined
    if (!cache) make(above)
    if (!isOwn(above)) return undefined
    const folder = join(above, 'tailer-proxy')
    make(folder)
    return isOwn(folder) ? folder : undefined
  } catch {
    return undefined
  }
}

function make(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
}

/** A folder of this user that nobody else may write to. */
function isOwn(folder: string): boolean {
  const { uid, mode } = statSync(folder)
  return uid === process.geteuid?.() && (mode & 0o022) === 0
}
