import { EXIT } from '../../errors.js'
import type { Finding, Step, StepName } from './finding.js'

/** Owns the formats of the report: JSON for programs, a layout for people. */

/** Where a report goes, and how it is displayed. */
export interface ReportTarget {
  write(text: string): void
  /** Where lines are wrapped. */
  readonly columns: number
  /** Whether it is a terminal that shows colours. */
  readonly hasColors: boolean
}

/** Notified as each step begins and ends. */
export interface Report {
  begin(name: StepName): void
  add(step: Step): void
  end(steps: readonly Step[], exitCode: number): void
}

/** One JSON object, at the end. */
export function createJsonReport(target: ReportTarget): Report {
  return {
    begin: () => undefined,
    add: () => undefined,
    end(steps, exitCode) {
      target.write(`${JSON.stringify({ ok: exitCode === EXIT.ok, steps })}\n`)
    },
  }
}

/**
 * For people: a paragraph for each step as it happens, since one that hangs is the one to look at.
 * With colours, the current step is shown while it runs.
 */
export function createTextReport(target: ReportTarget): Report {
  const { columns, hasColors } = target
  const colour = (name: Colour, text: string): string =>
    hasColors ? `\x1b[${CODES[name].join(`m${text}\x1b[`)}m` : text
  const lines = (text: string): string => wrap(text, columns - INDENT.length).join(`\n${INDENT}`)
  return {
    begin(name) {
      if (hasColors) target.write(colour('dim', `…     ${name}`))
    },
    add({ name, status, detail, hint }) {
      const begun = hasColors ? '\r\x1b[K' : ''
      const head = `${colour(COLOURS[status], status.padEnd(4))}  ${name.padEnd(11)}  `
      target.write(
        `${begun}${head}${status === 'skip' ? colour('dim', lines(detail)) : lines(detail)}\n`,
      )
      if (hint !== null) target.write(`${INDENT}${colour('cyan', lines(`→ ${hint}`))}\n`)
    },
    end(steps, exitCode) {
      const failed = steps.find(({ status }) => status === 'fail')
      const warned = steps.some(({ status }) => status === 'warn')
      if (failed) {
        target.write(`\n${colour('red', `failed at ${failed.name}`)} (exit code ${exitCode})\n`)
      } else if (warned) {
        target.write(`\n${colour('yellow', 'all is well, except for the warnings')}\n`)
      } else target.write(`\n${colour('green', 'all is well')}\n`)
    },
  }
}

/** ECMA-48 §8.3.117: the codes that begin and end each. */
const CODES = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
  dim: [2, 22],
} as const
type Colour = keyof typeof CODES

const INDENT = ' '.repeat(19)

const COLOURS: Readonly<Record<Finding['status'], Colour>> = {
  ok: 'green',
  warn: 'yellow',
  fail: 'red',
  skip: 'dim',
}

/** Breaks at spaces; a word longer than a line gets its own line. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && longer.length > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line]
}
