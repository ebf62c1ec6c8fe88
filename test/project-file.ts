import { fileURLToPath } from 'node:url'

/** A file of the project by its path from the root; tests run compiled, in `.build/test/`. */
export function projectFile(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url))
}

/** The built CLI. */
export const CLI = projectFile('dist/cli.js')
