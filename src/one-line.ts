/**
 * Makes foreign text safe for a log or a report: it cannot start new lines or move a terminal's
 * cursor.
 */
export function onOneLine(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
}
