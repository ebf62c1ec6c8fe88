/** Owns reading small text files: size-limited, UTF-8, with faults in our own words. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { codeOf } from '../errors.js'
import { describeCode } from '../system-codes.js'
import { printSize } from './values/parse-size.js'

type Fault = 'missing' | 'forbidden' | 'directory' | 'binary' | 'special'

interface Faulty {
  readonly text?: undefined
  readonly bytes?: undefined
  readonly fault: string
  readonly what?: Fault
}
export type LimitedText = { readonly text: string; readonly fault?: undefined } | Faulty
export type LimitedBytes = { readonly bytes: Buffer; readonly fault?: undefined } | Faulty

const MISSING = { fault: 'does not exist', what: 'missing' } as const
const FORBIDDEN = { fault: 'cannot be read by this user', what: 'forbidden' } as const
const SPECIAL = { fault: 'is not a regular file', what: 'special' } as const
const FAULTS: Readonly<Partial<Record<string, Faulty>>> = {
  ENOENT: MISSING,
  ENOTDIR: MISSING,
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  EISDIR: { fault: 'is a directory', what: 'directory' },
}

/** Reads at most `maxBytes`, from whatever the path leads to; drops a byte order mark. */
export function readLimitedText(path: string, maxBytes: number): LimitedText {
  return decoded(read(maxBytes, () => openSync(path, 'r')))
}

/**
 * Like `readLimitedText`, but only from a regular file: a pipe or a device could block a running
 * proxy forever. A file that is too large is not read at all.
 */
export function readLimitedFile(path: string, maxBytes: number): LimitedText {
  return decoded(readLimitedBytes(path, maxBytes))
}

/** Like `readLimitedFile`, for files that hold text among bytes of unknown encoding. */
export function readLimitedBytes(path: string, maxBytes: number): LimitedBytes {
  return read(maxBytes, () => {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = fstatSync(file)
    const fault =
      !stats.isFile() && !stats.isDirectory()
        ? SPECIAL
        : stats.size > maxBytes
          ? { fault: tooLarge(maxBytes) }
          : undefined
    if (fault === undefined) return file
    closeSync(file)
    return fault
  })
}

/** @param open returns a descriptor, or what is wrong */
function read(maxBytes: number, open: () => number | Faulty): LimitedBytes {
  try {
    const file = open()
    if (typeof file !== 'number') return file
    const bytes = readUpTo(file, maxBytes + 1)
    return bytes.length > maxBytes ? { fault: tooLarge(maxBytes) } : { bytes }
  } catch (error) {
    const code = codeOf(error) ?? 'unknown'
    return FAULTS[code] ?? { fault: `cannot be read: ${describeCode(code)}` }
  }
}

function decoded(read: LimitedBytes): LimitedText {
  if (read.fault !== undefined) return read
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(read.bytes) }
  } catch {
    return { fault: 'is not UTF-8 text', what: 'binary' }
  }
}

function tooLarge(maxBytes: number): string {
  return `is larger than ${printSize(maxBytes)}`
}

/** Closes the file. Reads at most `limit` bytes, whatever its reported size. */
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
