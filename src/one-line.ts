/** Makes foreign text safe to show: it cannot start new lines or move a terminal's cursor. */
export function onOneLine(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
}
