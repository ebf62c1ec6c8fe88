/**
 * Owns reading a call's JSON body: an object whose fields exist and have the right type. Anything
 * else gets a 400 that names the field. Unused fields are ignored.
 */
import { ApiError } from './api-error.js'

/** Longer texts are refused, since launches are remembered. */
const MAX_TEXT_LENGTH = 1_024

/** Each throws a 400 that names the field. */
export interface Fields {
  text(name: string): string
  optionalText(name: string): string | undefined
  flag(name: string): boolean
  /** A whole number of at least 1. */
  optionalCount(name: string): number | undefined
}

export function readFields(body: Buffer): Fields {
  const json = parseObject(body)
  // Own properties only: `constructor` is not a field, and `__proto__` is one like any other.
  const valueOf = (name: string) => (Object.hasOwn(json, name) ? json[name] : undefined)

  const optionalText = (name: string) => {
    const value = valueOf(name)
    if (value === undefined) return undefined
    if (typeof value !== 'string' || value === '') throw badField(name, 'a non-empty string')
    if (value.length > MAX_TEXT_LENGTH) {
      throw badField(name, `of at most ${MAX_TEXT_LENGTH} characters`)
    }
    return value
  }

  return {
    optionalText,

    text(name) {
      const value = optionalText(name)
      if (value === undefined) throw new ApiError(400, `${name} is missing`)
      return value
    },

    flag(name) {
      const value = valueOf(name)
      if (value === undefined) throw new ApiError(400, `${name} is missing`)
      if (typeof value !== 'boolean') throw badField(name, 'a boolean')
      return value
    },

    optionalCount(name) {
      const value = valueOf(name)
      if (value === undefined) return undefined
      if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
        throw badField(name, 'a positive integer')
      }
      return value
    },
  }
}

function parseObject(body: Buffer): Record<string, unknown> {
  const value = parseJson(body)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiError(400, 'The body must be a JSON object')
  }
  return value as Record<string, unknown>
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    throw new ApiError(400, 'The body must be JSON')
  }
}

function badField(name: string, expected: string): ApiError {
  return new ApiError(400, `${name} must be ${expected}`)
}
