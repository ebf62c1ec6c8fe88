/** The host, without brackets, and the port of an https origin. */
export function originParts(origin: string): { host: string; port: number } {
  const { hostname, port } = new URL(origin)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 443 : Number(port) }
}
