import type { Environment } from './read-variables.js'

/** The process's variables; the rest of the project sees only what `loadSettings` made of them. */
export function processEnvironment(): Environment {
  return process.env
}
