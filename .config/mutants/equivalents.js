// Reads equivalent.txt: mutants that no test can distinguish from the program, each with its
// reason.
import { readFileSync } from 'node:fs'

const FILE = new URL('equivalent.txt', import.meta.url)
const SEPARATOR = ' ¦ '
const onOneLine = (text) => text.replace(/\s+/g, ' ').trim()
/** Long enough to identify it; the rest of a long one is left out. */
const KNOWN_BY = 60

/** The beginning of a mutant's line in equivalent.txt. */
export function identify({ fileName, original, replacement }) {
  const parts = [original, replacement].map((text) => onOneLine(text).slice(0, KNOWN_BY).trim())
  return [fileName.replace(/^src\//, ''), ...parts].join(SEPARATOR)
}

/** @returns lines whose mutants no longer exist, or are caught: they can be removed */
export function setEquivalentsApart(mutants) {
  const lines = readFileSync(FILE, 'utf8').split('\n')
  const seen = new Map()
  for (const line of lines.filter((line) => line.trim() !== '' && !line.startsWith('#'))) {
    const parts = line.split(SEPARATOR)
    if (parts.length !== 4 || parts[3].trim() === '') throw new Error(`no reason: ${line}`)
    seen.set(parts.slice(0, 3).join(SEPARATOR), false)
  }
  for (const mutant of mutants.filter(({ state }) => state === 'survived')) {
    const id = identify(mutant)
    if (!seen.has(id)) continue
    seen.set(id, true)
    mutant.state = 'equivalent'
  }
  const files = new Set(mutants.map(({ fileName }) => fileName.replace(/^src\//, '')))
  return [...seen]
    .filter(([id, found]) => !found && files.has(id.slice(0, id.indexOf(SEPARATOR))))
    .map(([id]) => id)
}
