import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { spawnCli } from '../cli/spawn-cli.js'
import { projectFile } from '../project-file.js'
import { runIfInstalled, type Said } from './installed.js'

const RULES = projectFile('config/prometheus/tailer-proxy.rules.yml')
const RULES_TEST = projectFile('test/config/tailer-proxy.rules.test.yml')

interface Rule {
  readonly alert: string
  readonly expr: string
}
interface Panel {
  readonly title: string
  readonly gridPos: {
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
  }
  readonly targets: readonly { readonly expr: string }[]
}

const rules = (
  parse(readFileSync(RULES, 'utf8')) as { groups: { rules: Rule[] }[] }
).groups.flatMap((group) => group.rules)
const dashboard = JSON.parse(
  readFileSync(projectFile('config/grafana/dashboard.json'), 'utf8'),
) as {
  panels: Panel[]
  templating: { list: { query: string }[] }
}
const shown = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))

const promtool = (...args: readonly string[]): Said | undefined =>
  runIfInstalled(['promtool', '--version'], ['promtool', ...args])
const MISSING = 'NOT CHECKED: promtool, of the package prometheus, is not installed here'

/** What a running proxy exports: each metric's labels, one way to name a histogram's each. */
async function exportedMetrics(t: Parameters<typeof spawnCli>[0]) {
  const demo = spawnCli(t, ['demo', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'])
  const { listen, admin } = await demo.logged('ready')
  await (await fetch(`${String(listen)}/v1/dag/status`)).arrayBuffer()
  const text = await (await fetch(`${String(admin)}/metrics`)).text()
  const metrics = new Map<string, Set<string>>()
  for (const [, name = '', labels = ''] of text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    const known = metrics.get(name) ?? new Set()
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label)
    metrics.set(name, known)
  }
  return { text, metrics }
}

const ADDED_BY_PROMETHEUS = ['job', 'instance', 'up']
const namesIn = (expr: string) => expr.match(/\b(?:tailer_proxy|process|nodejs)_\w+/g) ?? []
/** Those of matchers, and of `by` and `without`. */
const labelsIn = (expr: string) => [
  ...[...expr.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label = '']) => label),
  ...[...expr.matchAll(/\b(?:by|without|ignoring) \((.*?)\)/g)].flatMap(([, list = '']) =>
    list.split(', '),
  ),
]

t.test('promtool takes the alert rules, and they do what their unit tests say', (t) => {
  const file = join(t.testdir(), 'rules.test.yml')
  const tests = readFileSync(RULES_TEST, 'utf8')
  writeFileSync(file, tests.replace('- RULES\n', `- ${RULES}\n`))
  const checked = promtool('check', 'rules', RULES)
  const tested = promtool('test', 'rules', file)
  if (checked === undefined || tested === undefined) {
    t.comment(MISSING)
    t.end()
    return
  }
  t.equal(checked.status, 0, checked.text)
  t.equal(tested.status, 0, tested.text)
  // An alert that never fires there is not tested.
  for (const { alert } of rules) {
    const fires = new RegExp(`alertname: ${alert}\\n +eval_time: \\S+\\n +exp_alerts:`)
    const stays = new RegExp(`alertname: ${alert}, eval_time`)
    t.match(tests, fires, `${alert} fires`)
    t.match(tests, stays, `${alert} does not always fire`)
  }
  t.end()
})

t.test('the queries of the dashboard are valid PromQL', (t) => {
  const file = join(t.testdir(), 'queries.yml')
  const asRules = shown.map((expr, at) => ({
    record: `query:${at}`,
    expr: expr.replaceAll('$__rate_interval', '2m'),
  }))
  writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules: asRules }] }))
  const checked = promtool('check', 'rules', file)
  if (checked === undefined) t.comment(MISSING)
  else t.equal(checked.status, 0, checked.text)
  t.end()
})

t.test('the dashboard shows every metric of the proxy', async (t) => {
  const { text } = await exportedMetrics(t)
  const ours = [...text.matchAll(/^# TYPE (tailer_proxy_\w+)/gm)].map(([, name = '']) => name)
  t.ok(ours.length >= 11, ours.join(' '))
  for (const name of ours) {
    t.ok(
      shown.some((expr) => namesIn(expr).some((used) => used.replace(/_bucket$/, '') === name)),
      name,
    )
  }
})

t.test('rules and dashboard name metrics and labels that a running proxy exports', async (t) => {
  const { metrics } = await exportedMetrics(t)
  const variables = dashboard.templating.list.map(({ query }) => query)
  for (const expr of [...shown, ...variables, ...rules.map((rule) => rule.expr)]) {
    const known = new Set(ADDED_BY_PROMETHEUS)
    for (const name of namesIn(expr)) {
      t.ok(metrics.has(name), name)
      for (const label of metrics.get(name) ?? []) known.add(label)
    }
    for (const label of labelsIn(expr)) t.ok(known.has(label), `${label} in ${expr}`)
  }
})

t.test('no panel of the dashboard covers another', (t) => {
  for (const [at, { title, gridPos: a }] of dashboard.panels.entries()) {
    t.ok(a.x + a.w <= 24, title)
    for (const { gridPos: b } of dashboard.panels.slice(at + 1)) {
      const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y
      t.ok(apart, title)
    }
  }
  t.end()
})
