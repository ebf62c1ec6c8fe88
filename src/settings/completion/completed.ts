/** Owns the form in which a shell's script is told what there is to complete. */
import type { Command } from '../command-line/parse-command-line.js'

/** A flag as a shell completes it. */
export interface CompletedFlag {
  /** With its dashes. */
  readonly flag: string
  readonly help: string
  /** Of its value; undefined if it needs none. */
  readonly placeholder: string | undefined
  /** The words that its value is one of, if they are few. */
  readonly choices: readonly string[]
  readonly isFile: boolean
  readonly mayRepeat: boolean
  /** The one command that has it; undefined if all have. */
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
