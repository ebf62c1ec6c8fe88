/** Owns the form in which flags, variables and the config file hand over what they were given. */
import type { Problem } from './problem.js'
import type { SettingName } from './table.js'

/** The texts given for one setting, several if it is a list. */
export interface Given {
  readonly texts: readonly string[]
  /** What it is called there: the flag with its dashes, the variable, or the key. */
  readonly name: string
  /** Where it stands: the command line, the environment, or the file with its line. */
  readonly where: string
  /** Both in one, for a list of settings. */
  readonly source: string
  /** Whether a wrong value may be quoted: what a file holds never is. */
  readonly mayShow: boolean
}

/** What one source gives, and what is wrong with it as a source. */
export interface Source {
  readonly given: ReadonlyMap<SettingName, Given>
  readonly problems: readonly Problem[]
}
