/** A parsed object: check each member before use. */
export type JsonObject = Readonly<Partial<Record<string, unknown>>>

/** Undefined for anything but a JSON object: the parser's own message would quote it. */
export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
