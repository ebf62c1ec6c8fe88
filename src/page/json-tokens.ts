/**
 * Owns laying out JSON for reading. It works on the text, not on values, so that numbers keep their
 * digits, repeated keys stay, and truncated text is laid out as far as it goes.
 */

export interface JsonToken {
  readonly kind: 'key' | 'string' | 'number' | 'literal' | 'punctuation' | 'space'
  readonly text: string
}

const TOKEN = /\s+|"(?:[^"\\]|\\.)*(?:"|\\?$)|-?[0-9][0-9.eE+-]*|[a-z]+|[{}[\],:]/gy
const INDENT = '  '

/** Undefined if it is not a JSON object or array, or not entirely. */
export function layOutJson(text: string): JsonToken[] | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined
  const words = text.match(TOKEN)
  if (words === null || words.join('').length !== text.length) return undefined
  const tokens: JsonToken[] = []
  const solid = words.filter((word) => word.trim() !== '')
  let depth = 0
  const breakLine = (): void => {
    tokens.push({ kind: 'space', text: `\n${INDENT.repeat(Math.max(0, depth))}` })
  }
  solid.forEach((word, at) => {
    const next = solid[at + 1]
    if (word === '}' || word === ']') {
      depth--
      if (solid[at - 1] !== '{' && solid[at - 1] !== '[') breakLine()
    }
    tokens.push({ kind: kindOf(word, next), text: word })
    if (word === ':') tokens.push({ kind: 'space', text: ' ' })
    else if (word === ',') breakLine()
    else if (word === '{' || word === '[') {
      depth++
      if (next !== '}' && next !== ']') breakLine()
    }
  })
  return tokens
}

function kindOf(word: string, next: string | undefined): JsonToken['kind'] {
  const first = word.charAt(0)
  if (first === '"') return next === ':' ? 'key' : 'string'
  if (/[0-9-]/.test(first)) return 'number'
  return /[a-z]/.test(first) ? 'literal' : 'punctuation'
}
