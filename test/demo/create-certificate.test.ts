import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:tls'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import {
  createCertificateAuthority,
  type CertificateAuthority,
  type CertificateRequest,
} from '../../src/demo/create-certificate.js'

/** What a verifying client makes of a certificate: `ok` or the code of the TLS error. */
async function handshake(
  t: Test,
  {
    issuer,
    trusted,
    request,
    host,
  }: {
    issuer: CertificateAuthority
    trusted: CertificateAuthority
    request: CertificateRequest
    host: string
  },
): Promise<string> {
  const { certificatePem, keyPem } = await issuer.issue(request)
  const server = createServer({ cert: certificatePem, key: keyPem }, (socket) => socket.end())
  t.teardown(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: host,
    ca: trusted.certificatePem,
  })
  t.teardown(() => socket.destroy())
  try {
    await once(socket, 'secureConnect')
    return 'ok'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown'
  }
}

t.test('an issued certificate convinces a client that trusts the authority', async (t) => {
  const authority = await createCertificateAuthority()
  const request: CertificateRequest = { names: ['localhost', '127.0.0.1', '::1'] }
  const outcome = await handshake(t, {
    issuer: authority,
    trusted: authority,
    request,
    host: 'localhost',
  })
  t.equal(outcome, 'ok')
})

t.test('another authority of the same name convinces nobody', async (t) => {
  const outcome = await handshake(t, {
    issuer: await createCertificateAuthority(),
    trusted: await createCertificateAuthority(),
    request: { names: ['localhost'] },
    host: 'localhost',
  })
  t.not(outcome, 'ok')
})

t.test('a certificate for another name is refused', async (t) => {
  const authority = await createCertificateAuthority()
  const outcome = await handshake(t, {
    issuer: authority,
    trusted: authority,
    request: { names: ['elsewhere.example'] },
    host: 'localhost',
  })
  t.equal(outcome, 'ERR_TLS_CERT_ALTNAME_INVALID')
})

t.test('a certificate is refused before and after its time', async (t) => {
  const authority = await createCertificateAuthority()
  const outcomeOf = (limits: Partial<CertificateRequest>) =>
    handshake(t, {
      issuer: authority,
      trusted: authority,
      request: { names: ['localhost'], ...limits },
      host: 'localhost',
    })
  const hour = 3_600_000
  t.equal(await outcomeOf({ notAfter: new Date(Date.now() - hour / 2) }), 'CERT_HAS_EXPIRED')
  t.equal(await outcomeOf({ notBefore: new Date(Date.now() + hour) }), 'CERT_NOT_YET_VALID')
})

t.test('host names and addresses are told apart, and the two certificates linked', async (t) => {
  const authority = await createCertificateAuthority()
  const { certificatePem } = await authority.issue({ names: ['a.example', '127.0.0.1', '::1'] })
  const certificate = new X509Certificate(certificatePem)
  const issuer = new X509Certificate(authority.certificatePem)
  t.equal(certificate.subject, 'CN=a.example')
  t.equal(
    certificate.subjectAltName,
    'DNS:a.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  )
  t.ok(certificate.checkIssued(issuer))
  t.ok(certificate.verify(issuer.publicKey))
  t.notOk(certificate.ca)
  t.ok(issuer.ca)
})
