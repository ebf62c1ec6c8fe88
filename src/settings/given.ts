/** Owns the form in which flags, variables and the config file hand over what they were given. */
import type { Problem } from './problem.js'
import type { SettingName } from './table.js'

/** The texts given for one setting, several if it is a list, and where they stand. */
export interface Given {
  readonly texts: readonly string[]
  readonly where: string
  /** Whether a wrong value may be quoted: what a file holds never is. */
  readonly mayShow: boolean
}

/** What one source gives, and what is wrong with it as a source. */
export interface Source {
  readonly given: ReadonlyMap<SettingName, Given>
  readonly problems: readonly Problem[]
}
