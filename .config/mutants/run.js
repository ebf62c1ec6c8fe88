// npm run test:mutants [folder or file …] [-- --json | --force | --must-die]
// One run of Stryker for each folder in scope; what did not change since the last run is not tried
// again, unless by --force. With --must-die only one line of each folder, whose mutants must die.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'
import { identify, setEquivalentsApart } from './equivalents.js'
import { SCOPES } from './scopes.js'

const STATE = '.mutants'
const ABSOLUTE = new RegExp(`^${process.cwd()}/`)
const STATES = { Killed: 'killed', Timeout: 'killed', Survived: 'survived', NoCoverage: 'survived' }

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean' },
    force: { type: 'boolean' },
    'must-die': { type: 'boolean' },
    jobs: { type: 'string', default: '2' },
  },
})
const wanted = positionals.map((path) => path.replace(/^src\//, '').replace(/\/$/, ''))

/** @returns the paths in `root` that begin with one of the prefixes, in the prefixes' order */
function list(root, ending, prefixes) {
  const files = readdirSync(root, { recursive: true }).filter((file) => file.endsWith(ending))
  const inOrder = prefixes.flatMap((prefix) =>
    files.sort().filter((file) => file === prefix || file.startsWith(prefix)),
  )
  return [...new Set(inOrder)].map((file) => file.slice(0, -ending.length))
}

/** The lines of --must-die: one for each folder, with the one test that must notice. */
function linesThatMustDie() {
  return SCOPES.map(({ folder, dies: { file, text, test } }) => {
    const lines = readFileSync(`src/${file}`, 'utf8').split('\n')
    const line = lines.findIndex((line) => line.includes(text)) + 1
    if (line === 0) throw new Error(`${folder}: "${text}" is not in src/${file}`)
    return { mutate: `src/${file}:${line}-${line}`, test, source: file.slice(0, -'.ts'.length) }
  })
}

/** A folder whose files have little in common runs in parts, each with its own tests. */
async function runFolder({ parts = [{}], ...scope }) {
  const mutants = []
  const done = []
  for (const part of parts) {
    const { folder } = scope
    const { files = [''] } = part
    const paths = files.map((file) => `${folder}/${file}`)
    const own = list('src', '.ts', paths).filter((source) => !done.includes(source))
    mutants.push(...(await runPart({ ...scope, ...part }, own)))
    done.push(...own)
  }
  return mutants
}

/** What is in scope among these files, or among the requested paths. */
async function runPart({ folder, name, tests, without = [], except = [] }, files) {
  const all = list('src', '.ts', [`${folder}/`])
  const sources = files.filter(
    (source) =>
      !without.some((prefix) => source.startsWith(prefix)) &&
      (wanted.length === 0 ||
        wanted.some((path) => `${source}.ts` === path || source.startsWith(`${path}/`))),
  )
  if (sources.length === 0) return []
  const incrementalFile = `${STATE}/${[folder, name].filter(Boolean).join('/').replaceAll('/', '-')}.json`
  forgetUnreached(incrementalFile)
  const mutants = await runStryker({
    mutants: { tests: list('test', '.test.ts', tests), sources: all, except },
    mutate: sources.map((source) => `src/${source}.ts`),
    incremental: true,
    incrementalFile,
  })
  return mutants.filter(({ fileName }) => sources.includes(fileName.slice(4, -'.ts'.length)))
}

/**
 * Stryker does not know which tests cover code that runs at import, so that no new test would make
 * it retry such a mutant; nor does it retry one that no test reached.
 */
function forgetUnreached(file) {
  if (!existsSync(file)) return
  const report = JSON.parse(readFileSync(file, 'utf8'))
  for (const source of Object.values(report.files)) {
    source.mutants = source.mutants.filter(
      ({ static: isStatic, status }) =>
        status === 'Killed' || (!isStatic && status !== 'NoCoverage'),
    )
  }
  writeFileSync(file, JSON.stringify(report))
}

async function runLinesThatMustDie() {
  const lines = linesThatMustDie()
  return runStryker({
    mutants: {
      tests: lines.map(({ test }) => test),
      sources: lines.map(({ source }) => source),
      except: [],
    },
    mutate: lines.map(({ mutate }) => mutate),
  })
}

async function runStryker(options) {
  const mutants = await new Stryker({
    testRunner: 'tap-in-process',
    plugins: [new URL('runner.js', import.meta.url).href],
    buildCommand: 'node .config/mutants/build.js',
    coverageAnalysis: 'perTest',
    concurrency: Number(flags.jobs),
    timeoutMS: 15_000,
    timeoutFactor: 2,
    maxTestRunnerReuse: 500,
    tempDirName: `${STATE}/sandbox`,
    ignorePatterns: ['/*', '!/src', '!/test', '!/.config', '!/package.json'],
    force: flags.force ?? false,
    reporters: flags.json ? [] : ['progress-append-only'],
    logLevel: flags.json ? 'off' : 'warn',
    allowConsoleColors: false,
    disableTypeChecks: false,
    warnings: { unknownOptions: false },
    ...options,
  }).runMutationTest()
  return mutants.map(describe)
}

const contents = new Map()
function describe({ fileName: path, location: { start, end }, ...mutant }) {
  const fileName = path.replace(ABSOLUTE, '')
  if (!contents.has(fileName)) contents.set(fileName, readFileSync(fileName, 'utf8').split('\n'))
  const lines = contents.get(fileName).slice(start.line - 1, end.line)
  lines.push(lines.pop().slice(0, end.column - 1))
  const original = [lines[0].slice(start.column - 1), ...lines.slice(1)].join('\n')
  const state = STATES[mutant.status] ?? 'not tried'
  const { replacement, mutatorName, status } = mutant
  const folder = SCOPES.find(({ folder }) => fileName.startsWith(`src/${folder}/`)).folder
  return {
    folder,
    fileName,
    line: start.line,
    original,
    replacement,
    mutatorName,
    status,
    state,
  }
}

/** Counted as killed, but on a busy machine it may only have been slow: worth a look. */
const isTimeout = ({ status }) => status === 'Timeout'

/** One row for each folder: its mutants, and how many of the distinguishable ones were killed. */
function summarize(mutants) {
  return SCOPES.map(({ folder, reach }) => {
    const those = mutants.filter((mutant) => mutant.folder === folder)
    const count = (state) => those.filter((mutant) => mutant.state === state).length
    const [killed, survived, equivalent] = ['killed', 'survived', 'equivalent'].map(count)
    const timedOut = those.filter(isTimeout).length
    const percent = Math.floor((1000 * killed) / (killed + survived)) / 10
    return { folder, mutants: those.length, killed, timedOut, survived, equivalent, percent, reach }
  }).filter((row) => row.mutants > 0)
}

mkdirSync(STATE, { recursive: true })
const mutants = []
if (flags['must-die']) mutants.push(...(await runLinesThatMustDie()))
else for (const scope of SCOPES) mutants.push(...(await runFolder(scope)))
const stale = flags['must-die'] ? [] : setEquivalentsApart(mutants)
const survivors = mutants.filter(({ state }) => state === 'survived')
const folders = summarize(mutants)

if (flags.json) {
  console.log(
    JSON.stringify({ folders, survivors, timedOut: mutants.filter(isTimeout), stale }, null, 2),
  )
} else {
  for (const mutant of survivors)
    console.log(`${mutant.fileName}:${mutant.line}\n  ${identify(mutant)}`)
  for (const line of stale) console.log(`not needed any more in equivalent.txt: ${line}`)
  console.table(Object.fromEntries(folders.map(({ folder, ...row }) => [folder, row])))
}
const reached = flags['must-die']
  ? folders.length === SCOPES.length && survivors.length === 0
  : folders.every(({ percent, reach }) => percent >= reach)
if (mutants.length === 0) console.error(`nothing to mutate: ${positionals.join(' ')}`)
process.exitCode = mutants.length > 0 && reached && stale.length === 0 ? 0 : 1
