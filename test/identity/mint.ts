/** Owns the short way to a token of an identity, and to what it failed with. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FatalError } from '../../src/errors.js'
import type { Identity } from '../../src/identity/identity.js'
import { loadIdentity } from '../../src/identity/load-identity.js'
import { MintError } from '../../src/token/token-source.js'
import type { Token } from '../../src/token/token.js'
import { load } from '../settings/load.js'

interface Ending {
  after(end: () => void): void
}

/** A folder that ends with its test. */
export function folderOf(t: Ending): string {
  const folder = mkdtempSync(join(tmpdir(), 'tailer-proxy-test-'))
  t.after(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** Writes a file into a folder of its own; gives its path. */
export function fileOf(t: Ending, content: unknown, name = 'credentials.json'): string {
  const path = join(folderOf(t), name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

export function identityOf(
  argv: readonly string[],
  environment: Record<string, string> = {},
): Identity {
  return loadIdentity(load(argv, { HOME: '/nonexistent', ...environment }))
}

export function mint(identity: Identity, signal = new AbortController().signal): Promise<Token> {
  return identity.source.mint(signal)
}

/** What it failed with; fails if it did not. */
export async function mintFailure(identity: Identity): Promise<MintError> {
  try {
    await mint(identity)
  } catch (error) {
    if (error instanceof MintError) return error
    throw error
  }
  throw new Error('a token was minted')
}

export function loadFailure(
  argv: readonly string[],
  environment: Record<string, string> = {},
): FatalError {
  try {
    identityOf(argv, environment)
  } catch (error) {
    if (error instanceof FatalError) return error
    throw error
  }
  throw new Error('the credentials were accepted')
}
