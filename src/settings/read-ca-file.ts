import { type LimitedText, readLimitedBytes } from './read-limited-text.js'

/** The bundles of whole distributions have a quarter of this. */
const MAX_BYTES = 1024 * 1024
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/** How to fix an unusable file. */
export const CA_FILE_HINT =
  'name a PEM file with one or more certificates; of one in DER, make it with ' +
  '`openssl x509 -inform der -in FILE`'

/**
 * Owns reading `--ca-file`: its certificates as one PEM text, each of them checked, since TLS would
 * silently skip a broken one.
 */
export function readCaFile(path: string): LimitedText {
  const read = readLimitedBytes(path, MAX_BYTES)
  if (read.fault !== undefined) return read
  // Latin-1, since comments between the certificates may have any encoding.
  const certificates = read.bytes.toString('latin1').match(PEM_CERTIFICATE) ?? []
  if (certificates.length === 0) return { fault: 'holds no certificate' }
  const bad = certificates.findIndex((pem) => !isCertificate(pem))
  if (bad >= 0) return { fault: `holds a broken certificate, number ${bad + 1}` }
  return { text: certificates.join('\n') }
}

function isCertificate(pem: string): boolean {
  // Loaded here: health checks run every few seconds and read no certificates.
  const { X509Certificate } = process.getBuiltinModule('node:crypto')
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}
