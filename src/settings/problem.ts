/** Owns mistakes in settings: collected while everything is read, reported all at once. */
import { EXIT, type FatalDetails, FatalError } from '../errors.js'
import { looksLikeCredential } from './values/looks-like-credential.js'

/** One mistake. No part of it may hold a secret; `fatalOf` keeps each on one line. */
export interface Problem {
  readonly what: string
  /** The flag, the variable, or the file with key and line. */
  readonly where?: string | undefined
  readonly hint?: string | undefined
  /** What the hint is about, if there are several: a flag, a variable or a key. */
  readonly name?: string | undefined
}

const MAX_SHOWN = 80
const NOT_SHOWN = '[not shown, since it looks like a credential]'

/** Unusable settings. */
export class SettingsError extends FatalError {
  /** The log format, if known: whoever asked for JSON reads this error, too. */
  readonly logFormat: string | undefined

  constructor(what: string, details: Omit<FatalDetails, 'exitCode'>, logFormat?: string) {
    super(what, { ...details, exitCode: EXIT.usage })
    this.logFormat = logFormat
  }
}

/** The error that ends the command: `WHAT (WHERE); WHAT (WHERE)`, and the hints likewise. */
export function fatalOf(problems: readonly Problem[], logFormat?: string): SettingsError {
  const told = hintOf(problems)
  const hint = told === '' ? {} : { hint: told }
  const [first, ...others] = problems
  if (first?.where !== undefined && others.length === 0) {
    return new SettingsError(first.what, { where: first.where, ...hint }, logFormat)
  }
  const all = problems.map(({ what, where }) => (where === undefined ? what : `${what} (${where})`))
  return new SettingsError(all.join('; '), hint, logFormat)
}

/** If there are several hints, each says what it is about; a shared one appears once. */
function hintOf(problems: readonly Problem[]): string {
  const owners = new Map<string, Set<string>>()
  for (const { hint, name } of problems) {
    if (hint === undefined) continue
    const names = owners.get(hint) ?? new Set()
    owners.set(hint, name === undefined ? names : names.add(name))
  }
  if (owners.size < 2) return [...owners.keys()].join('')
  return [...owners]
    .map(([hint, names]) => (names.size === 0 ? hint : `${[...names].join(', ')}: ${hint}`))
    .join('; ')
}

/** A name or value made safe to show: one line, of bounded length, without secrets. */
export function printable(text: string): string {
  if (looksLikeCredential(text)) return NOT_SHOWN
  const shown = withoutUrlSecrets(text)
  const bounded = shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}…` : shown
  return bounded.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeCharacter)
}

/** Drops user and password, and what follows a `?` or `#`, where API keys are. */
function withoutUrlSecrets(text: string): string {
  const scheme = text.indexOf('://')
  const start = scheme < 0 ? 0 : scheme + '://'.length
  const at = text.lastIndexOf('@')
  const rest = at > start ? `…${text.slice(at)}` : text.slice(start)
  const end = scheme >= 0 ? rest.search(/[?#]/) : -1
  return text.slice(0, start) + (end < 0 ? rest : `${rest.slice(0, end + 1)}…`)
}

/** Escapes control characters, and invisible marks that reverse a terminal's line. */
function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
