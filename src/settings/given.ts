/** Owns the form in which flags, variables and the config file pass on what they were given. */
import type { Problem } from './problem.js'
import type { SettingName } from './table.js'

/** The texts given for one setting, several if it is a list. */
export interface Given {
  readonly texts: readonly string[]
  /** Its name there: the flag with its dashes, the variable, or the key. */
  readonly name: string
  /** Where it was given: the command line, the environment, or the file with its line. */
  readonly where: string
  /** Name and place together, for lists of settings. */
  readonly source: string
  /** Whether an invalid value may be quoted: never one from a file. */
  readonly mayShow: boolean
}

/** What one source gives, and its own faults. */
export interface Source {
  readonly given: ReadonlyMap<SettingName, Given>
  readonly problems: readonly Problem[]
}
