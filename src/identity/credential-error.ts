import { EXIT, FatalError } from '../errors.js'

/** Credentials that cannot be used: what is wrong, in which file or variable, how to fix it. */
export function credentialError(
  what: string,
  where: string,
  hint: string,
  cause?: unknown,
): FatalError {
  return new FatalError(what, { exitCode: EXIT.credentials, where, hint, cause })
}
