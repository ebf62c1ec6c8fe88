/** Owns the description of what can be completed, for the shells' scripts. */
import type { Command } from '../command-line/parse-command-line.js'

/** A flag that a shell can complete. */
export interface CompletedFlag {
  /** With its dashes. */
  readonly flag: string
  readonly help: string
  /** Its value's placeholder; undefined if it needs none. */
  readonly placeholder: string | undefined
  /** The words its value may be, if they are few. */
  readonly choices: readonly string[]
  readonly isFile: boolean
  readonly mayRepeat: boolean
  /** The only command that has it; undefined if all have. */
  readonly only: Command | undefined
}

export interface CompletedCommand {
  readonly name: Command
  readonly help: string
}

export interface Completed {
  readonly commands: readonly CompletedCommand[]
  readonly flags: readonly CompletedFlag[]
}
