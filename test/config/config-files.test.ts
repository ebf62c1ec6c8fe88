import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { format } from 'prettier'
import t from 'tap'
import { parse } from 'yaml'
import { configSchema } from '../../src/settings/config-schema.js'
import { SETTING_ENTRIES, variableOf } from '../../src/settings/setting-names.js'
import { projectFile } from '../project-file.js'
import { load } from '../settings/load.js'

const pathOf = (name: string) => projectFile(`config/${name}`)
const textOf = (name: string) => readFileSync(pathOf(name), 'utf8')

t.test('the schema is that of the table (npm run build:schema writes it)', async (t) => {
  const made = await format(JSON.stringify(configSchema()), { parser: 'json', printWidth: 100 })
  t.equal(textOf('tailer-proxy.schema.json'), made)
})

t.test('the example loads as it is, and with every line uncommented', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tailer-proxy-config-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true })
  })
  const example = textOf('tailer-proxy.yaml')
  t.equal(load(['--config', pathOf('tailer-proxy.yaml')]).maxInFlight, 512)

  const uncommented = example.replace(/^# (?=[a-zA-Z]+:( |$)|  - )/gm, '')
  const file = join(folder, 'all.yaml')
  writeFileSync(file, uncommented)
  const { properties } = configSchema() as { properties: object }
  for (const key of Object.keys(parse(uncommented) as object)) t.ok(key in properties, key)
  const settings = load(['--config', file])
  t.equal(settings.rules?.length, 5)
  t.equal(settings.credentials, '/etc/tailer-proxy/credentials.json')
  t.end()
})

interface Container {
  name: string
  restartPolicy?: string
  args?: string[]
  env?: { name: string }[]
  startupProbe?: object
  securityContext: object
  resources: { requests?: object }
  volumeMounts?: { mountPath: string; subPath?: string }[]
}

for (const name of ['deployment', 'job']) {
  t.test(`the ${name} has a native sidecar that a restricted namespace admits`, (t) => {
    const { spec } = (
      parse(textOf(`kubernetes/${name}.yaml`)) as {
        spec: { template: { spec: { initContainers: Container[]; containers: Container[] } } }
      }
    ).spec.template
    const [sidecar] = spec.initContainers
    t.match(sidecar, { name: 'tailer-proxy', restartPolicy: 'Always' })
    t.ok(sidecar?.startupProbe)
    for (const container of [...spec.initContainers, ...spec.containers]) {
      t.match(container.securityContext, {
        allowPrivilegeEscalation: false,
        runAsNonRoot: true,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      })
      t.ok(container.resources.requests, container.name)
    }
    const [mount] = sidecar?.volumeMounts ?? []
    t.equal(mount?.mountPath, '/var/run/secrets/tailer')
    t.notOk(mount && 'subPath' in mount, 'a subPath mount never changes')
    t.end()
  })
}

t.test('every variable named in config/ is one of the proxy', (t) => {
  const known = SETTING_ENTRIES.map(([, { flag }]) => variableOf(flag))
  for (const name of [
    'compose.yaml',
    'systemd/tailer-proxy.service',
    'kubernetes/deployment.yaml',
    'kubernetes/job.yaml',
    '../Dockerfile',
  ]) {
    for (const [variable] of textOf(name).matchAll(/\bTAILER_PROXY_[A-Z0-9_]+/g)) {
      t.ok(known.includes(variable), `${variable} in ${name}`)
    }
  }
  t.end()
})
