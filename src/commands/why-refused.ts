/** Owns the most likely cause when the upstream refuses a token, and what to do about it. */
import type { IdentityKind } from '../identity/identity.js'

export interface RefusedToken {
  readonly kind: IdentityKind | undefined
  /** The account's address. */
  readonly email: string | undefined
  /** A Firebase ID token, as from a tailer login. */
  readonly isFirebase: boolean
  readonly audience: string
  readonly upstream: string
  readonly tokenType: string
  readonly clockIsWrong: boolean
}

/** For a person: the likeliest cause first, of clock, role, login, audience and key. */
export function whyRefused(status: 401 | 403, token: RefusedToken): string {
  return status === 401 ? why401(token) : why403(token)
}

function why401(token: RefusedToken): string {
  const { kind, isFirebase, audience, upstream, tokenType, clockIsWrong } = token
  if (clockIsWrong) return 'most likely the clock: set the clock of this machine first (NTP)'
  if (isFirebase) {
    return (
      'most likely the login: log in again with `tailer auth login`; if that does not help, this ' +
      'upstream may need a service account: name its key with --credentials'
    )
  }
  const wrongAudience = `the upstream may expect another audience than ${audience} (--audience)`
  if (kind === 'exec' || kind === 'static') {
    return `most likely the token: it may be revoked or made for another audience; get a new one`
  }
  const deletedKey = 'the key may have been deleted or disabled: create a new one'
  const otherType = `it may need another --token-type than ${tokenType}`
  return audience === upstream
    ? `most likely the key: ${deletedKey}; else ${wrongAudience}, or ${otherType}`
    : `most likely the audience: ${wrongAudience}; else ${deletedKey}, or ${otherType}`
}

function why403({ isFirebase, email }: RefusedToken): string {
  if (isFirebase) return 'most likely the role: ask for access for this user in Tailer'
  const account = email ?? 'the account of the token'
  return `most likely the role: give ${account} the role Cloud Run Invoker (roles/run.invoker), or add it in Tailer`
}
