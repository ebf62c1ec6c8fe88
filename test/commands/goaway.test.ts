import { once } from 'node:events'
import { createSecureServer, type ServerHttp2Session } from 'node:http2'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import t from 'tap'
import { startProxy } from '../../src/commands/start-proxy.js'
import { createCertificateAuthority } from '../../src/demo/create-certificate.js'
import { loadIdentity } from '../../src/identity/load-identity.js'
import { load } from '../settings/load.js'

t.test('a drain ends the connections to the upstream with GOAWAY', async (t) => {
  const authority = await createCertificateAuthority()
  const { certificatePem, keyPem } = await authority.issue({ names: ['127.0.0.1'] })
  const upstream = createSecureServer({ cert: certificatePem, key: keyPem })
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const folder = mkdtempSync(join(tmpdir(), 'tailer-proxy-test-'))
  t.teardown(() => {
    upstream.close()
    rmSync(folder, { recursive: true })
  })
  const caFile = join(folder, 'ca.pem')
  writeFileSync(caFile, authority.certificatePem)
  const { port } = upstream.address() as AddressInfo
  const flags = ['--upstream', `https://127.0.0.1:${port}`, '--ca-file', caFile]
  const ports = ['--listen', '127.0.0.1:0', '--admin', 'off']
  const settings = load([...flags, ...ports], { TAILER_PROXY_TOKEN: 'abc' })
  const connected = once(upstream, 'session')
  const proxy = await startProxy(settings, loadIdentity(settings), pino({ level: 'silent' }))
  const [session] = (await connected) as [ServerHttp2Session]
  const goaway = once(session, 'goaway')
  t.equal(await proxy.drain(), 0)
  t.equal((await goaway)[0], 0, 'NO_ERROR')
})
