/**
 * A text that came from elsewhere, as a log or a report may show it: it can neither draw lines of
 * its own nor move a terminal's cursor.
 */
export function onOneLine(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
}
