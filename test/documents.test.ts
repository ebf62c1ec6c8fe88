import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { projectFile } from './project-file.js'

const DOCUMENTS = ['README.md', 'CHANGELOG.md', 'config/README.md'].concat(
  readdirSync(projectFile('.github'), { encoding: 'utf8', recursive: true })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `.github/${name}`),
)
const textOf = (name: string) => readFileSync(projectFile(name), 'utf8')

/** As GitHub makes them of headings. */
function anchorsOf(document: string): string[] {
  return [...textOf(document).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

for (const document of DOCUMENTS) {
  t.test(`every link of ${document} leads somewhere`, (t) => {
    for (const [, link = ''] of textOf(document).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? document : join(dirname(document), path)
      t.ok(existsSync(projectFile(target)), link)
      if (anchor !== undefined) t.ok(anchorsOf(target).includes(anchor), link)
    }
    t.end()
  })

  t.test(`every npm script that ${document} names is there`, (t) => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: object }
    for (const [, name = ''] of textOf(document).matchAll(/\bnpm run (?!-)([\w:]+)/g)) {
      t.ok(name in scripts, name)
    }
    t.end()
  })
}

t.test('the map of CONTRIBUTING.md has every folder of src/, and none that is not there', (t) => {
  const mapped = [...textOf('.github/CONTRIBUTING.md').matchAll(/^\| `src\/([\w.-]+)\/?`/gm)]
  const folders = readdirSync(projectFile('src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
  t.same(mapped.map(([, name]) => name).sort(), [...folders, 'cli.ts'].sort())
  t.end()
})

t.test('every file that CONTRIBUTING.md names is there', (t) => {
  const text = textOf('.github/CONTRIBUTING.md')
  for (const [, path = ''] of text.matchAll(
    /`((?:src|test|config|\.config|\.ci)\/[\w./-]*\.\w+)`/g,
  )) {
    t.ok(existsSync(projectFile(path)), path)
  }
  t.end()
})

t.test('every dependency has its reason in CONTRIBUTING.md', (t) => {
  const { dependencies } = JSON.parse(textOf('package.json')) as { dependencies: object }
  const [, builtOn = ''] = /## Built on\n([^]*?)\n## /.exec(textOf('.github/CONTRIBUTING.md')) ?? []
  for (const name of Object.keys(dependencies)) {
    t.match(builtOn, new RegExp(`[| ]${name}[, ]`), name)
  }
  t.end()
})

t.test('the README is a tour, not a manual', (t) => {
  t.ok(textOf('README.md').trimEnd().split('\n').length <= 250)
  t.end()
})
