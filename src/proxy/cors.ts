import type { IncomingMessage, ServerResponse } from 'node:http'

/** Owns the headers for an allowed browser origin (the Fetch Standard's CORS protocol). */

export function corsFields(origin: string): string[] {
  return ['access-control-allow-origin', origin, 'vary', 'Origin']
}

/** The upstream's fields and ours, with one `access-control-allow-origin` and the `vary` it needs. */
export function withCors(fields: readonly string[], origin: string): string[] {
  const merged: string[] = []
  let varies = false
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string
    const value = fields[i + 1] as string
    if (name === 'access-control-allow-origin') continue
    if (name === 'vary') varies ||= /(?:^|,)\s*(?:\*|origin)\s*(?:,|$)/i.test(value)
    merged.push(name, value)
  }
  merged.push('access-control-allow-origin', origin)
  if (!varies) merged.push('vary', 'Origin')
  return merged
}

/** Responds to a preflight, without a token and without the upstream. */
export function respondToPreflight(
  { headers, headersDistinct }: IncomingMessage,
  response: ServerResponse,
  origin: string,
): void {
  const fields = [
    ...corsFields(origin),
    'access-control-allow-methods',
    headers['access-control-request-method'] ?? '',
    'access-control-max-age',
    '600',
  ]
  const wanted = headers['access-control-request-headers']
  if (typeof wanted === 'string') fields.push('access-control-allow-headers', wanted)
  // Sent for a page on the public network: may it call this machine?
  if (headersDistinct['access-control-request-private-network']?.[0] === 'true') {
    fields.push('access-control-allow-private-network', 'true')
  }
  response.writeHead(204, fields)
  response.end()
}
