import { readFileSync } from 'node:fs'
import t from 'tap'
import { IMAGE_CREDENTIALS } from '../../src/settings/environment/image-credentials.js'
import { projectFile } from '../project-file.js'

const text = readFileSync(projectFile('Dockerfile'), 'utf8').replaceAll('\\\n', ' ')
/** The instructions of the final stage. */
const final = text.slice(text.lastIndexOf('\nFROM ')).split('\n')

const instruction = (name: string) =>
  final
    .find((line) => line.startsWith(`${name} `))
    ?.slice(name.length)
    .trim()

t.test('the image runs the proxy as nobody, by exec, and asks for its health', (t) => {
  const [uid = '', gid] = (instruction('USER') ?? '').split(':')
  t.ok(Number(uid) > 0 && uid === gid, `${uid} is a number, and not root`)
  const entrypoint = JSON.parse(instruction('ENTRYPOINT') ?? '') as string[]
  t.same(entrypoint, ['node', '--max-semi-space-size=8', '/app/dist/cli.js'])
  t.same(JSON.parse(instruction('CMD') ?? ''), ['start'])
  t.equal(instruction('STOPSIGNAL'), 'SIGTERM')
  const [, command = ''] = /CMD (.*)$/.exec(instruction('HEALTHCHECK') ?? '') ?? []
  t.same(JSON.parse(command), ['node', '/app/dist/cli.js', 'healthcheck'])
  t.match(instruction('ENV'), `TAILER_PROXY_CREDENTIALS=${IMAGE_CREDENTIALS}`)
  t.end()
})

t.test('both images can be named, and one is enough', (t) => {
  t.match(text, /^ARG NODE_IMAGE=\S+$/m)
  t.match(text, /^ARG RUNTIME_IMAGE=\$\{NODE_IMAGE\}$/m)
  t.match(final[1], 'FROM ${RUNTIME_IMAGE}')
  t.end()
})

t.test(
  'the bundle is built from the lock file, no install script runs, and no dependency is shipped',
  (t) => {
    const installs = text.match(/npm (ci|install|i)\b.*/g) ?? []
    t.equal(installs.length, 1)
    for (const install of installs) t.match(install, /^npm ci .*--ignore-scripts/)
    t.notMatch(final.join('\n'), /node_modules|npm/)
    t.end()
  },
)

t.test(
  'nothing but what it is built from is sent to the builder, no credentials above all',
  (t) => {
    const ignored = readFileSync(projectFile('.dockerignore'), 'utf8').trim().split('\n')
    const [first, ...rest] = ignored.filter((line) => !line.startsWith('#'))
    t.equal(first, '*')
    const copied = [...text.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, files = '']) =>
      files.split(' '),
    )
    t.same(rest.sort(), copied.map((file) => `!${file}`).sort())
    t.end()
  },
)
