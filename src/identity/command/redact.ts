/** Longer runs of these characters may be keys or tokens; words and paths are shorter. */
const SUSPICIOUS = /[A-Za-z0-9+/=_\-.~%]{20,}|\S*@\S*/g
/** A value with such a name is a secret, however short. */
const NAMES =
  'tokens?|bearer|jwt|passw(?:or)?d|passphrase|pwd|secret|cookie|authorization|(?:api|access|private|signing)[-_ ]?key|[?&]key'
/** The name and `:`, `=` or `=>`, quoted or not, possibly escaped; then the value. */
const NAMED = new RegExp(
  `((?:${NAMES})\\\\*["']?\\s*(?:=>|[:=])\\s*\\\\*)` +
    `(?:(["'])(?:\\\\.|(?!\\2).)*|(?:(?:basic|bearer|digest)\\s+)?[^\\s"',;&}]+)`,
  'gi',
)
const BEARER = /(\bbearer\s+)[^\s"',;}:=][^\s"',;}]*/gi
const MAX_LENGTH = 200

/**
 * Makes a program's error output fit for a log: one short line, with everything that could be a
 * secret replaced.
 * @param secrets known to be in it
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  const known = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)
  // Before splitting lines: a value may be on the line after its name.
  const named = known.replace(NAMED, '$1$2[redacted]').replace(BEARER, '$1[redacted]')
  const lines = named.split(/[\r\n]/).map((line) => line.trim())
  // The last lines say what went wrong; a traceback precedes them.
  const said = lines
    .filter((line) => line !== '')
    .slice(-2)
    .join('; ')
  // Control characters could forge a log line.
  const plain = said.replace(SUSPICIOUS, '[redacted]').replace(/[\x00-\x1f\x7f]/g, ' ')
  return plain.length > MAX_LENGTH ? `${plain.slice(0, MAX_LENGTH)}…` : plain
}
