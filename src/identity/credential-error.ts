import { EXIT, FatalError } from '../errors.js'

/** Unusable credentials: what is wrong, in which file or variable, and how to fix it. */
export function credentialError(
  what: string,
  where: string,
  hint: string,
  cause?: unknown,
): FatalError {
  return new FatalError(what, { exitCode: EXIT.credentials, where, hint, cause })
}
