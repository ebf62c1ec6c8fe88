/** Longer runs of these characters may be keys or tokens; words and paths are shorter. */
const SUSPICIOUS = /[A-Za-z0-9+/=_\-.~%]{20,}|\S*@\S*/g
const MAX_LENGTH = 200

/**
 * Makes a foreign program's complaint fit for a log: one line, short, with anything in it that
 * could be a secret replaced.
 */
export function redact(text: string): string {
  const lines = text.split(/[\r\n]+/).map((line) => line.trim())
  // The last lines say what went wrong; a traceback comes before them.
  const said = lines
    .filter((line) => line !== '')
    .slice(-2)
    .join('; ')
  // Control characters could forge a line of the log.
  const plain = said.replace(SUSPICIOUS, '[redacted]').replace(/[\x00-\x1f\x7f]/g, ' ')
  return plain.length > MAX_LENGTH ? `${plain.slice(0, MAX_LENGTH)}…` : plain
}
