import { execFileSync } from 'node:child_process'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createCertificateAuthority } from '../../src/demo/create-certificate.js'
import { readCaFile } from '../../src/settings/read-ca-file.js'
import { failureOf } from './load.js'

const { certificatePem: pem } = await createCertificateAuthority()
const BROKEN = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'

t.test('of a CA file its certificates are taken, whatever is between them', (t) => {
  const file = join(t.testdir(), 'ca.pem')
  const comment = Buffer.from([0x23, 0xe9, 0x0a])
  writeFileSync(file, Buffer.concat([comment, Buffer.from(pem), comment, Buffer.from(pem)]))
  t.equal(readCaFile(file).text?.match(/BEGIN CERTIFICATE/g)?.length, 2)
  t.end()
})

t.test('one that cannot be used is named', (t) => {
  const folder = t.testdir({ 'none.pem': 'ca', 'broken.pem': pem + BROKEN, 'large.pem': pem })
  truncateSync(`${folder}/large.pem`, 1024 * 1024 + 1)
  execFileSync('mkfifo', [`${folder}/fifo`])
  for (const [path, fault] of [
    [`${folder}/missing.pem`, 'does not exist'],
    [`${folder}/none.pem`, 'holds no certificate'],
    [`${folder}/broken.pem`, 'holds a broken certificate, number 2'],
    [`${folder}/large.pem`, 'is larger than 1MiB'],
    [`${folder}/fifo`, 'is not a regular file'],
    ['/dev/zero', 'is not a regular file'],
    [folder, 'is a directory'],
  ] as const) {
    t.match(readCaFile(path), { fault }, path)
  }
  t.end()
})

t.test('it is listed with all other bad settings', (t) => {
  const { exitCode, line } = failureOf(['--ca-file', '/nowhere/ca.pem', '--max-in-flight', 'x'])
  t.equal(exitCode, 2)
  t.match(line, /--max-in-flight.*the CA file does not exist \(--ca-file \/nowhere\/ca.pem\)/)
  t.end()
})
