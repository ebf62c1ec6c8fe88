/**
 * Owns the throwaway certificates of the embedded API: an authority trusted only by those it is
 * given to, and the server certificates it issues. Nothing is written to disk.
 */
// tsyringe, used by @peculiar/x509, fails to load without this polyfill.
import 'reflect-metadata'
import { KeyObject, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** ECDSA rather than RSA: creating a key takes well under a millisecond. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

const ISSUER = 'CN=Tailer demo CA'
const HOUR_MS = 3_600_000
const YEAR_MS = 365 * 24 * HOUR_MS

/** What a server needs to start. */
export interface IssuedCertificate {
  certificatePem: string
  /** PKCS#8. */
  keyPem: string
}

export interface CertificateRequest {
  /** Host names and IP addresses; the first is also the subject's common name. */
  names: readonly [string, ...string[]]
  /** Default: an hour ago. */
  notBefore?: Date
  /** Default: in a year. */
  notAfter?: Date
}

export interface CertificateAuthority {
  /** What a client must trust to verify the issued certificates. */
  certificatePem: string
  issue(request: CertificateRequest): Promise<IssuedCertificate>
}

/** Creates a fresh authority, valid from an hour ago for a year. */
export async function createCertificateAuthority(): Promise<CertificateAuthority> {
  const now = Date.now()
  const validity = { notBefore: new Date(now - HOUR_MS), notAfter: new Date(now + YEAR_MS) }
  const keys = await createKeys()
  const authority = await X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: ISSUER,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })

  return {
    certificatePem: authority.toString('pem'),

    async issue({ names, ...limits }) {
      const { publicKey, privateKey } = await createKeys()
      const certificate = await X509CertificateGenerator.create({
        ...validity,
        ...limits,
        subject: [{ CN: [names[0]] }],
        issuer: authority.subject,
        publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        extensions: [
          new BasicConstraintsExtension(false, undefined, true),
          new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
          new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
          new SubjectAlternativeNameExtension(
            names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
          ),
          // Strict verifiers, such as Python's since 3.13, require this pair (RFC 5280 §4.2.1.1).
          await SubjectKeyIdentifierExtension.create(publicKey),
          await AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ],
      })
      return {
        certificatePem: certificate.toString('pem'),
        keyPem: KeyObject.from(privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
      }
    },
  }
}

async function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}
