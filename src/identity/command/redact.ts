/** Longer runs of these characters may be keys or tokens; words and paths are shorter. */
const SUSPICIOUS = /[A-Za-z0-9+/=_\-.~%]{20,}|\S*@\S*/g
/** What goes by such a name is a secret, however short. */
const NAMES =
  'tokens?|bearer|jwt|passw(?:or)?d|passphrase|pwd|secret|cookie|authorization|(?:api|access|private|signing)[-_ ]?key|[?&]key'
/** The name and a `:`, `=` or `=>`, in quotes or not, or escaped ones; then the value. */
const NAMED = new RegExp(
  `((?:${NAMES})\\\\*["']?\\s*(?:=>|[:=])\\s*\\\\*)` +
    `(?:(["'])(?:\\\\.|(?!\\2).)*|(?:(?:basic|bearer|digest)\\s+)?[^\\s"',;&}]+)`,
  'gi',
)
const BEARER = /(\bbearer\s+)[^\s"',;}:=][^\s"',;}]*/gi
const MAX_LENGTH = 200

/**
 * Makes a foreign program's complaint fit for a log: one line, short, with anything in it that
 * could be a secret replaced.
 * @param secrets that are known to be in it
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  const known = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)
  // Before the lines are parted: a value may stand below its name.
  const named = known.replace(NAMED, '$1$2[redacted]').replace(BEARER, '$1[redacted]')
  const lines = named.split(/[\r\n]/).map((line) => line.trim())
  // The last lines say what went wrong; a traceback comes before them.
  const said = lines
    .filter((line) => line !== '')
    .slice(-2)
    .join('; ')
  // Control characters could forge a line of the log.
  const plain = said.replace(SUSPICIOUS, '[redacted]').replace(/[\x00-\x1f\x7f]/g, ' ')
  return plain.length > MAX_LENGTH ? `${plain.slice(0, MAX_LENGTH)}…` : plain
}
