import { existsSync } from 'node:fs'
import type { Given } from '../given.js'
import type { SettingName, Surroundings } from '../table.js'

/** Where the container image expects the credentials: its Dockerfile sets the variable to this. */
export const IMAGE_CREDENTIALS = '/var/run/secrets/tailer/credentials.json'

type Layer = ReadonlyMap<SettingName, Given>

/**
 * Owns the one default that is set as a variable. The image sets `TAILER_PROXY_CREDENTIALS` to its
 * path; if nothing is mounted there and other credentials are given, the path was not intended, and
 * counts as unset. If nothing else is given it stays, so that the error names it.
 * @param layers of the flags, the variables and the file
 */
export function withoutImageCredentials(
  [flags, variables, file]: readonly [Layer, Layer, Layer],
  surroundings: Surroundings,
  exists: (path: string) => boolean = existsSync,
): readonly [Layer, Layer, Layer] {
  const given = (name: SettingName): Given | undefined =>
    flags.get(name) ?? variables.get(name) ?? file.get(name)
  const [path] = variables.get('credentials')?.texts ?? []
  const hasOther =
    surroundings.staticToken !== undefined ||
    surroundings.tokenFile !== undefined ||
    surroundings.googleApplicationCredentials !== undefined ||
    given('exec') !== undefined ||
    file.has('credentials') ||
    (given('identity')?.texts[0] ?? 'auto') !== 'auto'
  if (path !== IMAGE_CREDENTIALS || !hasOther || exists(path)) return [flags, variables, file]
  const left = new Map([...variables].filter(([name]) => name !== 'credentials'))
  return [flags, left, file]
}
