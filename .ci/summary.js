// Reads what tap printed. Says again what failed, where a reader of the end finds it; the last
// line is the count.
import { readFileSync } from 'node:fs'

const lines = readFileSync(process.argv[2], 'utf8').split('\n')
const count = { pass: 0, fail: 0 }
const failed = []
/** Names of the subtests we are in, outermost first: tap indents each by four. */
const path = []

lines.forEach((line, at) => {
  const depth = /^ */.exec(line)[0].length / 4
  const entered = /^ *# Subtest: (.*)/.exec(line)
  if (entered) path.splice(depth, path.length, entered[1])
  const missed = /^ *not ok \d+ - (.*?)(?: # time=.*)?$/.exec(line)
  const name = missed && path.slice(0, depth).concat(missed[1]).join(' > ')
  // What holds a failure fails as well; said once is enough.
  if (missed && !failed.at(-1)?.[0].startsWith(`${name} > `)) {
    // The diagnostics, if any, are the indented block from --- to ...
    const end =
      lines[at + 1]?.trim() === '---' ? lines.indexOf(`${' '.repeat(depth * 4)}  ...`, at) : at
    failed.push([name, ...lines.slice(at + 1, end)])
  }
  // tap closes each run with `# { total: N, pass: N, fail: N }`.
  const closed = /^# \{ total: \d+(?:, pass: (\d+))?(?:, fail: (\d+))?/.exec(line)
  count.pass += Number(closed?.[1] ?? 0)
  count.fail += Number(closed?.[2] ?? 0)
})

for (const [name, ...diagnostics] of failed) {
  console.log(`FAILED ${name}`)
  for (const line of diagnostics.slice(1, 40)) console.log(line)
}
console.log(`${count.pass} passed, ${count.fail} failed`)
