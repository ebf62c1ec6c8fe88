// Runs tests for Stryker in one long-lived process: nine tenths of a test file's time is starting a
// process with tap. To Stryker, a test is a top-level `t.test` of a file.
//
// A mutant may leave the process in a bad state. So after a kill, the test that killed it must pass
// without a mutant before the next one is tried; if it does not, Stryker starts a new process.
//
// The time a test took without a mutant tells whether it hangs or is slow. Stryker itself would wait
// twice as long as all tests take together.
import { readFileSync, writeFileSync } from 'node:fs'
import { register } from 'node:module'
import { basename, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
// Not 'tap', whose own test talks to the process that started it. This order is required.
import '@tapjs/core'
import { Test } from '@tapjs/test'
import fc from 'fast-check'

/** The part of a file outside its tests: what runs on import. */
const LOADING = '(loading)'
/** How long a failed test may take to finish by itself. */
const SETTLE_MS = 1_000
/** How long a test may take: this much, and this multiple of its time in the dry run. */
const PATIENCE_MS = 2_000
const PATIENCE_FACTOR = 8
/** Times of tests in the dry run, in milliseconds, for later processes. */
const TIMES = '.build/times.json'
register('./generations.js', import.meta.url)
// That a property fails is enough: shrinking takes seconds, which looks like a hang.
fc.configureGlobal({ endOnFailure: true })
const counters = (globalThis.__stryker__ ??= {})

class TapInProcess {
  static inject = ['options']
  #options
  /** Where each test file starts: some go to a folder of their own. */
  #root = process.cwd()
  #generation = 0
  #loads = 0
  #suspect
  #hung
  #times = {}

  constructor({ mutants }) {
    this.#options = mutants
  }

  capabilities() {
    return { reloadEnvironment: true }
  }

  async dryRun() {
    counters.mutantCoverage = { static: {}, perTest: {} }
    await this.#importSources()
    const tests = []
    for (const file of this.#options.tests) tests.push(...(await this.#run(file)).tests)
    const mutantCoverage = counters.mutantCoverage
    counters.mutantCoverage = undefined
    const times = tests.map(({ id, timeSpentMs }) => [id, timeSpentMs])
    writeFileSync(TIMES, JSON.stringify(Object.fromEntries(times)))
    return { status: 'complete', tests, mutantCoverage }
  }

  async mutantRun({ activeMutant, mutantActivation, testFilter, hitLimit, reloadEnvironment }) {
    if (this.#hung !== undefined) throw new Error(`still runs: ${this.#hung}`)
    this.#times = JSON.parse(readFileSync(TIMES, 'utf8'))
    if (reloadEnvironment) {
      this.#generation++
      this.#suspect = undefined
    }
    if (mutantActivation === 'static') counters.activeMutant = activeMutant.id
    await this.#importSources()
    await this.#checkHealth()
    counters.activeMutant = activeMutant.id
    counters.hitCount = hitLimit === undefined ? undefined : 0
    counters.hitLimit = hitLimit
    try {
      return await this.#tryMutant(activeMutant.fileName, testFilter && new Set(testFilter))
    } finally {
      counters.activeMutant = undefined
      counters.hitCount = counters.hitLimit = undefined
    }
  }

  async #tryMutant(source, filter) {
    let nrOfTests = 0
    // A test named after the source is likely to catch it.
    const name = basename(source, '.ts')
    const isNamesake = (file) => basename(file) === name
    const { tests: files } = this.#options
    for (const file of [...files.filter(isNamesake), ...files.filter((f) => !isNamesake(f))]) {
      if (filter && ![...filter].some((id) => id.startsWith(`${file}: `))) continue
      const { tests, failed, hung } = await this.#run(file, filter)
      nrOfTests += tests.length
      if (counters.hitCount > counters.hitLimit) {
        this.#suspect = failed?.id ?? tests[0].id
        return { status: 'timeout', reason: 'hit limit' }
      }
      if (hung) {
        this.#hung = failed.id
        return { status: 'timeout', reason: `hangs: ${failed.id}` }
      }
      if (!failed) continue
      this.#suspect = failed.id
      return {
        status: 'killed',
        killedBy: [failed.id],
        failureMessage: failed.failureMessage,
        nrOfTests,
      }
    }
    return { status: 'survived', nrOfTests }
  }

  async #checkHealth() {
    if (this.#suspect === undefined) return
    const id = this.#suspect
    const { failed } = await this.#run(id.slice(0, id.indexOf(': ')), new Set([id]))
    if (failed) throw new Error(`left in a bad way by a mutant: ${id}`)
    this.#suspect = undefined
  }

  /** Keeps what runs during loading from being counted for a test. */
  async #importSources() {
    for (const source of this.#options.sources) await import(this.#url(`src/${source}`))
  }

  #url(file) {
    return `${pathToFileURL(resolve('.build', `${file}.js`)).href}?generation=${this.#generation}`
  }

  /** @returns the tests that ran, and the first that failed: what comes after it is not waited for */
  async #run(file, filter) {
    process.chdir(this.#root)
    const tests = []
    let fail
    const firstFailure = new Promise((resolve) => (fail = resolve))
    const result = (name, failureMessage) => ({
      id: `${file}: ${name}`,
      name: `${file}: ${name}`,
      fileName: resolve(this.#root, 'test', `${file}.test.ts`),
      timeSpentMs: 0,
      ...(failureMessage === undefined ? { status: 0 } : { status: 1, failureMessage }),
    })
    let current = LOADING
    let failed
    let hung = false
    const onFailure = (message) => {
      failed ??= result(current, String(message))
      fail()
    }
    const root = new Test({ name: file })
    root.resume()
    const running = []
    globalThis.currentRoot = {
      root,
      test: (name, ...rest) => {
        const id = `${file}: ${name}`
        if (this.#options.except.some((part) => name.includes(part))) return Promise.resolve()
        const wanted = !filter || filter.has(id) || filter.has(`${file}: ${LOADING}`)
        if (!wanted || failed) return Promise.resolve()
        const body = rest.at(-1)
        const extra = rest.length > 1 ? rest[0] : {}
        let began
        let spentMs
        let patience
        const onOver = () => {
          clearTimeout(patience)
          spentMs ??= performance.now() - began
        }
        const started = (child) => {
          if (failed) {
            child.end()
            return undefined
          }
          current = name
          began = performance.now()
          counters.currentTestId = id
          watch(child.parser, onFailure)
          const took = this.#times[id]
          if (took !== undefined) {
            patience = setTimeout(
              () => {
                hung = !failed
                onFailure('hangs')
              },
              PATIENCE_MS + PATIENCE_FACTOR * took,
            )
          }
          const returned = body(child)
          // Its promise resolves only when all of a file's tests that do not wait are over.
          if (child.ended) onOver()
          return returned
        }
        const done = root.test(name, extra, started).then(() => {
          if (began === undefined) return
          onOver()
          tests.push({ ...result(name), timeSpentMs: spentMs })
          counters.currentTestId = undefined
        }, onFailure)
        running.push(done)
        return done
      },
    }
    const onUncaught = (error) => onFailure(error?.stack ?? error)
    process.on('uncaughtException', onUncaught)
    counters.currentTestId = `${file}: ${LOADING}`
    const began = performance.now()
    const all = import(`${this.#url(`test/${file}.test`)}&load=${this.#loads++}`).then(async () => {
      tests.push({ ...result(LOADING), timeSpentMs: performance.now() - began })
      await Promise.all(running)
      root.end()
    }, onFailure)
    await Promise.race([all, firstFailure])
    if (failed && !hung)
      await Promise.race([all, new Promise((resolve) => setTimeout(resolve, SETTLE_MS))])
    counters.currentTestId = undefined
    process.off('uncaughtException', onUncaught)
    process.chdir(this.#root)
    if (failed) tests.push(failed)
    return { tests, failed, hung }
  }
}

/** Reports the first assertion that fails in a test or in one inside it. */
function watch(parser, onFailure) {
  parser.on('assert', ({ ok, todo, skip, name, diag }) => {
    if (!ok && !todo && !skip) onFailure(`${name} ${JSON.stringify(diag ?? {}).slice(0, 2_000)}`)
  })
  parser.on('child', (child) => watch(child, onFailure))
}

/** What tests import as `tap`: the file that is running now. */
globalThis.tapOfMutants = new Proxy(
  {},
  {
    get: (_, key) => {
      const { root, test } = globalThis.currentRoot
      if (key === 'test') return test
      const member = root[key]
      return typeof member === 'function' ? member.bind(root) : member
    },
  },
)

export const strykerPlugins = [
  { kind: 'TestRunner', name: 'tap-in-process', injectableClass: TapInProcess },
]
