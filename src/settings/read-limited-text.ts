/** Owns the reading of small text files: bounded, in UTF-8, with faults told in our own words. */
import { closeSync, openSync, readSync } from 'node:fs'
import { codeOf } from '../errors.js'

export type LimitedText =
  | { readonly text: string; readonly fault?: undefined }
  | { readonly text?: undefined; readonly fault: string }

const FAULTS: Readonly<Partial<Record<string, string>>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  EISDIR: 'is a directory',
  ENOTDIR: 'does not exist',
}

/** At most `maxBytes` are taken, of whatever the path leads to; a byte order mark is dropped. */
export function readLimitedText(path: string, maxBytes: number): LimitedText {
  let bytes: Buffer
  try {
    bytes = readUpTo(path, maxBytes + 1)
  } catch (error) {
    const code = codeOf(error) ?? 'unknown'
    return { fault: FAULTS[code] ?? `cannot be read: ${code}` }
  }
  if (bytes.length > maxBytes) return { fault: `is larger than ${maxBytes / 1024}KiB` }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { fault: 'is not text in UTF-8' }
  }
}

function readUpTo(path: string, limit: number): Buffer {
  const buffer = Buffer.alloc(limit)
  const file = openSync(path, 'r')
  try {
    let length = 0
    while (length < limit) {
      const count = readSync(file, buffer, length, limit - length, null)
      if (count === 0) break
      length += count
    }
    return buffer.subarray(0, length)
  } finally {
    closeSync(file)
  }
}
