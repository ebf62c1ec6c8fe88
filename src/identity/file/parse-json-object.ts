/** Members of unknown kinds; none of them is to be trusted before it is looked at. */
export type JsonObject = Readonly<Partial<Record<string, unknown>>>

/** Undefined for whatever is no JSON object: the parser's own message would quote it. */
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
