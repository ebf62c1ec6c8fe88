import t from 'tap'
import type { Step } from '../../../src/commands/check/finding.js'
import { createTextReport } from '../../../src/commands/check/report.js'

const STEPS: readonly Step[] = [
  { name: 'dns', status: 'ok', detail: 'all is as it should be here', hint: null, durationMs: 1 },
  { name: 'tcp', status: 'fail', detail: 'port 1', hint: 'open the port', durationMs: 1 },
]

function print(hasColors: boolean, steps = STEPS): string {
  let output = ''
  const report = createTextReport({
    columns: 40,
    hasColors,
    write: (text) => (output += text),
  })
  for (const step of steps) {
    report.begin(step.name)
    report.add(step)
  }
  report.end(steps, 5)
  return output
}

t.test('lines are wrapped, hints stand below, and the end says it all', (t) => {
  t.equal(
    print(false),
    `ok    dns          all is as it should
                   be here
fail  tcp          port 1
                   → open the port

failed at tcp (exit code 5)
`,
  )
  t.end()
})

t.test('colours come with the step that runs, which is overwritten', (t) => {
  const output = print(true)
  t.match(output, '…     dns\x1b[22m\r\x1b[K\x1b[32mok  \x1b[39m')
  t.match(output, '\x1b[31mfail\x1b[39m')
  t.end()
})

t.test('warnings do not make it fail', (t) => {
  const warned = STEPS.map((step) => ({ ...step, status: 'warn' as const }))
  t.match(print(false, warned), /\n\nall is well, except for the warnings\n$/)
  t.match(print(false, STEPS.slice(0, 1)), /\n\nall is well\n$/)
  t.end()
})
