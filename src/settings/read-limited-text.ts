/** Owns the reading of small text files: bounded, in UTF-8, with faults told in our own words. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { codeOf } from '../errors.js'
import { describeCode } from '../system-codes.js'

type Fault = 'missing' | 'forbidden' | 'directory' | 'binary'

export type LimitedText =
  | { readonly text: string; readonly fault?: undefined }
  | { readonly text?: undefined; readonly fault: string; readonly what?: Fault }

const MISSING = { fault: 'does not exist', what: 'missing' } as const
const FORBIDDEN = { fault: 'cannot be read by this user', what: 'forbidden' } as const
const FAULTS: Readonly<Partial<Record<string, LimitedText>>> = {
  ENOENT: MISSING,
  ENOTDIR: MISSING,
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  EISDIR: { fault: 'is a directory', what: 'directory' },
}

/** At most `maxBytes` are taken, of whatever the path leads to; a byte order mark is dropped. */
export function readLimitedText(path: string, maxBytes: number): LimitedText {
  return read(maxBytes, () => openSync(path, 'r'))
}

/**
 * As `readLimitedText`, but of a file alone: a pipe or a device could keep a process that serves
 * waiting for ever.
 */
export function readLimitedFile(path: string, maxBytes: number): LimitedText {
  return read(maxBytes, () => {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = fstatSync(file)
    if (stats.isFile() || stats.isDirectory()) return file
    closeSync(file)
    return undefined
  })
}

function read(maxBytes: number, open: () => number | undefined): LimitedText {
  let bytes: Buffer
  try {
    const file = open()
    if (file === undefined) return { fault: 'is not a regular file' }
    bytes = readUpTo(file, maxBytes + 1)
  } catch (error) {
    const code = codeOf(error) ?? 'unknown'
    return FAULTS[code] ?? { fault: `cannot be read: ${describeCode(code)}` }
  }
  if (bytes.length > maxBytes) return { fault: `is larger than ${maxBytes / 1024}KiB` }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { fault: 'is not UTF-8 text', what: 'binary' }
  }
}

/** Closes the file. Whatever its size is said to be, no more than `limit` bytes are read. */
function readUpTo(file: number, limit: number): Buffer {
  try {
    const buffer = Buffer.alloc(limit)
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
