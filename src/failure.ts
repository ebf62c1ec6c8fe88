/** Owns how a command reports what ended it, in lines for a person or in one log line. */
import { EXIT, FatalError } from './errors.js'

/** What a fatal error says. Of foreign errors only the name and the stack frames are shown. */
export interface Failure {
  readonly exitCode: number
  readonly what: string
  readonly where?: string | undefined
  readonly hint?: string | undefined
  /** The stack frames of a foreign error. */
  readonly stack?: readonly string[]
}

export function describeFailure(error: unknown): Failure {
  if (error instanceof FatalError) {
    const { exitCode, message: what, where, hint } = error
    return { exitCode, what, where, hint }
  }
  const name = error instanceof Error ? error.name : typeof error
  const stack = error instanceof Error ? (error.stack ?? '').split('\n') : []
  return {
    exitCode: EXIT.failure,
    what: `unexpected failure (${name})`,
    // A message can have several lines, and quote anything.
    stack: stack.filter((line) => /^ {4}at /.test(line)),
  }
}

/** `tailer-proxy: WHAT (WHERE)`, a hint where there is one, the frames of a bug. */
export function failureText({ what, where, hint, stack = [] }: Failure): string {
  const lines = [`tailer-proxy: ${what}${where === undefined ? '' : ` (${where})`}`]
  if (hint !== undefined) lines.push(`hint: ${hint}`)
  return [...lines, ...stack].map((line) => `${line}\n`).join('')
}
