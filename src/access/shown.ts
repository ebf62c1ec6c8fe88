const MAX_SHOWN = 64

/** JWTs, PEM, and Google's API keys, tokens and secrets. */
const CREDENTIAL = /\beyJ[\w-]{8,}|-----BEGIN|\bAIza[\w-]{16}|\bya29\.|\b1\/\/0[\w-]{16}|\bGOCSPX-/

/**
 * Owns how a value from a client is quoted back to it: in quotes, at most 64 characters of
 * printable ASCII, others as `?`. What looks like a credential is not repeated: clients log the
 * errors they get.
 */
export function shown(value: string): string {
  if (CREDENTIAL.test(value)) return '[not shown: it looks like a credential]'
  const printable = value.slice(0, MAX_SHOWN).replace(/[^ -~]/g, '?')
  return value.length > MAX_SHOWN ? `"${printable}"...` : `"${printable}"`
}
