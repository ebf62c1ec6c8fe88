import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { renameSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { promisify } from 'node:util'
import pino from 'pino'
import t, { type Test } from 'tap'
import { createUpstreamTrust } from '../../src/commands/upstream-trust.js'
import { createCertificateAuthority } from '../../src/demo/create-certificate.js'
import { createDial } from '../../src/upstream/dial.js'
import { projectFile } from '../project-file.js'

const known = await createCertificateAuthority()
const other = await createCertificateAuthority()

const BUILT = {
  trust: projectFile('.build/src/commands/upstream-trust.js'),
  dial: projectFile('.build/src/upstream/dial.js'),
}

/** Gives the origin of a server whose certificate the authority issued. */
async function listen(t: Test, authority: typeof known): Promise<string> {
  const { certificatePem: cert, keyPem: key } = await authority.issue({ names: ['127.0.0.1'] })
  const server = createServer({ cert, key, ALPNProtocols: ['h2'] }, (socket) => {
    socket.on('error', () => undefined)
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('a CA file is read again when it changes; of a bad one the old is kept', async (t) => {
  const caFile = join(t.testdir(), 'ca.pem')
  writeFileSync(caFile, known.certificatePem)
  const trust = createUpstreamTrust({ caFile, extraCaFile: undefined })
  const origin = await listen(t, other)
  const dial = createDial({ origin, timeoutMs: 5_000, trust: trust.current })
  await t.rejects(dial(), { code: 'UPSTREAM_TLS' })

  const lines: string[] = []
  let wake: () => void = () => undefined
  const write = (line: string): void => {
    lines.push(line)
    wake()
  }
  const log = pino({}, { write })
  const told = (): Promise<void> => new Promise((resolve) => (wake = resolve))
  const stay = setInterval(() => undefined, 1_000)
  const unfollow = trust.follow(log)
  t.teardown(() => {
    clearInterval(stay)
    unfollow()
  })
  const replace = async (content: string): Promise<void> => {
    const next = told()
    writeFileSync(`${caFile}.new`, content)
    renameSync(`${caFile}.new`, caFile)
    await next
  }
  await replace(other.certificatePem)
  t.match(lines.at(-1), 'CA file changed')
  ;(await dial()).destroy()
  await replace('nonsense')
  t.match(lines.at(-1), 'the CA file holds no certificate')
  ;(await dial()).destroy()
})

t.test('a CA file adds to the store that Node was told to use', async (t) => {
  const folder = t.testdir({ 'system.pem': known.certificatePem, 'own.pem': other.certificatePem })
  const origins = [await listen(t, known), await listen(t, other)]
  const script = `
    import { createUpstreamTrust } from ${JSON.stringify(BUILT.trust)}
    import { createDial } from ${JSON.stringify(BUILT.dial)}
    const extraCaFile = process.env.NODE_EXTRA_CA_CERTS
    const trust = createUpstreamTrust({ caFile: ${JSON.stringify(`${folder}/own.pem`)}, extraCaFile })
    for (const origin of ${JSON.stringify(origins)}) {
      const socket = await createDial({ origin, timeoutMs: 5000, trust: trust.current })()
      console.log(socket.authorized)
      socket.destroy()
    }`
  const argv = ['--input-type=module', '--eval', script]
  for (const environment of [
    { NODE_OPTIONS: '--use-openssl-ca', SSL_CERT_FILE: `${folder}/system.pem` },
    { NODE_EXTRA_CA_CERTS: `${folder}/system.pem` },
  ]) {
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
    const command = ['-i', ...variables, process.execPath, ...argv]
    const { stdout } = await promisify(execFile)('env', command)
    t.equal(stdout, 'true\ntrue\n', variables.join())
  }
})
