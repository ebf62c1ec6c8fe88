/** Owns the tools that a machine may have: what they say of a file, or that they are missing. */
import { spawnSync } from 'node:child_process'

export interface Said {
  readonly status: number
  readonly text: string
}

/** Runs a command; undefined if there is no such program, or it has no such subcommand. */
export function runIfInstalled(
  probe: readonly string[],
  command: readonly string[],
): Said | undefined {
  if (run(probe)?.status !== 0) return undefined
  return run(command)
}

function run([program = '', ...args]: readonly string[]): Said | undefined {
  const { error, status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return error === undefined ? { status: status ?? -1, text: stdout + stderr } : undefined
}
