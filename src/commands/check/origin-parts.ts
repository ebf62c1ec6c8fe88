/** Where an https origin is: its host, without brackets, and its port. */
export function originParts(origin: string): { host: string; port: number } {
  const { hostname, port } = new URL(origin)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 443 : Number(port) }
}
