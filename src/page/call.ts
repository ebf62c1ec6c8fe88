/** What a Tailer call does: most of them share a path, and say the rest in their body. */
export interface Call {
  readonly action: string | undefined
  readonly configurationId: string | undefined
}

/** Undefined if the body is not a JSON object with one of them. */
export function callOf(body: string): Call | undefined {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const fields = value as Record<string, unknown>
  const textOf = (name: string): string | undefined => {
    const field = fields[name]
    return typeof field === 'string' && field !== '' ? field : undefined
  }
  const call = { action: textOf('action'), configurationId: textOf('configuration_id') }
  return call.action === undefined && call.configurationId === undefined ? undefined : call
}
