import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { format } from 'prettier'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { FatalError } from '../../src/errors.js'
import { configSchema } from '../../src/settings/config-file/config-schema.js'
import { OTHER_VARIABLES } from '../../src/settings/environment/read-variables.js'
import { settingsReference } from '../../src/settings/help/settings-reference.js'
import { SETTING_ENTRIES, variableOf } from '../../src/settings/setting-names.js'
import type { Settings } from '../../src/settings/table.js'
import { projectFile } from '../project-file.js'
import { load } from '../settings/load.js'

const pathOf = (name: string) => projectFile(`config/${name}`)
const textOf = (name: string) => readFileSync(pathOf(name), 'utf8')

/** Where the proxy runs: the files to copy for that. */
const PLACES = readdirSync(projectFile('config'), { encoding: 'utf8', recursive: true }).filter(
  (name) => /\.(ya?ml|service|plist|conf)$/.test(name),
)

const { properties } = configSchema() as { properties: Record<string, { default?: unknown }> }
const settings = Object.entries(properties).filter(([key]) => key !== '$schema')
const example = textOf('tailer-proxy.yaml')
const uncommented = parse(example.replace(/^# (?=[a-zA-Z0-9]+:( |$)|  - )/gm, '')) as Record<
  string,
  unknown
>

function loadFrom(t: Test, config: object): Settings {
  const file = join(t.testdir(), 'config.json')
  writeFileSync(file, JSON.stringify(config))
  return load(['--config', file])
}

t.test('the schema is that of the table (npm run build:schema writes it)', async (t) => {
  const made = await format(JSON.stringify(configSchema()), { parser: 'json', printWidth: 100 })
  t.equal(textOf('tailer-proxy.schema.json'), made)
})

t.test('the reference is that of the table (npm run build:schema writes it)', (t) => {
  const marked = /<!-- settings -->\n\n([^]*?)\n\n<!-- \/settings -->/.exec(textOf('README.md'))
  t.equal(marked?.[1], settingsReference())
  t.end()
})

t.test('the schema takes the example, and finds what is wrong as the loading does', (t) => {
  const validate = new Ajv2020({ allErrors: true }).compile(configSchema())
  t.ok(validate(parse(example)), JSON.stringify(validate.errors))
  t.ok(validate(uncommented), JSON.stringify(validate.errors))
  for (const wrong of [
    { lisen: '127.0.0.1:1' },
    { identity: 'me' },
    { connectTimeout: '10' },
    { replayLimit: '64KB' },
    { maxInFlight: 0 },
    { readOnly: 'yes' },
    { allow: [] },
  ]) {
    t.notOk(validate(wrong), JSON.stringify(wrong))
    t.throws(() => loadFrom(t, wrong), FatalError)
  }
  t.end()
})

t.test('the example names every setting, with its default if it has one', (t) => {
  t.same(Object.keys(uncommented).sort(), settings.map(([key]) => key).sort())
  for (const [key, { default: fallback }] of settings) {
    if (fallback !== undefined) t.equal(uncommented[key], fallback, key)
  }
  t.end()
})

t.test('the example loads as it is, and with its lines uncommented', (t) => {
  t.equal(load(['--config', pathOf('tailer-proxy.yaml')]).maxInFlight, 512)
  // These do not go with the others; and the CA file, which is read at once, is not here.
  const { exec, execPattern, impersonate, credentials, caFile, ...rest } = uncommented
  t.type(caFile, 'string')
  t.equal(loadFrom(t, { ...rest, credentials }).credentials, credentials)
  t.equal(loadFrom(t, { ...rest, exec, execPattern }).exec?.[0], 'tailer')
  t.equal(loadFrom(t, { impersonate, tokenType: 'id-token' }).impersonate, impersonate)
  t.end()
})

t.test('every variable named in config/ is one of the proxy', (t) => {
  const known = [
    ...SETTING_ENTRIES.map(([, { flag }]) => variableOf(flag)),
    ...Object.keys(OTHER_VARIABLES),
  ]
  for (const name of [...PLACES, '../Dockerfile']) {
    for (const [variable] of textOf(name).matchAll(/\bTAILER_PROXY_[A-Z0-9_]+/g)) {
      t.ok(known.includes(variable), `${variable} in ${name}`)
    }
  }
  t.end()
})

t.test('every file names image and tarball by the version of the package', (t) => {
  const { version } = JSON.parse(textOf('../package.json')) as { version: string }
  const tags = PLACES.flatMap((name) =>
    [...textOf(name).matchAll(/tailer-proxy(?::|-|, newTag: )(\d+\.\d+\.\d+)/g)].map(
      ([, tag]) => tag,
    ),
  )
  t.ok(tags.length >= 3)
  for (const tag of tags) t.equal(tag, version)
  for (const [, named] of textOf('../README.md').matchAll(/tailer-proxy[:-](\d+\.\d+\.\d+)/g)) {
    t.equal(named, version)
  }
  t.match(textOf('../Dockerfile'), `org.opencontainers.image.version="${version}"`)
  t.end()
})

t.test('who stops the proxy gives it more time than it takes to drain', (t) => {
  const drainMs = load().drainTimeoutMs
  for (const [name, pattern] of [
    ['compose.yaml', /stop_grace_period: (\d+)s/],
    ['kubernetes/base/my-app.yaml', /terminationGracePeriodSeconds: (\d+)/],
    ['kubernetes/overlays/job/my-job.yaml', /terminationGracePeriodSeconds: (\d+)/],
    ['systemd/tailer-proxy.service', /TimeoutStopSec=(\d+)s/],
  ] as const) {
    t.ok(Number(pattern.exec(textOf(name))?.[1]) * 1000 > drainMs, name)
  }
  t.end()
})
