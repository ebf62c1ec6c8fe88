/**
 * Owns the config file: a map of settings in YAML, which includes JSON. Its messages name keys and
 * lines but never quote a value, since that may be a secret.
 */
import { isMap, isNode, isScalar, isSeq, LineCounter, type Pair, parseDocument } from 'yaml'
import { didYouMean } from '../help/did-you-mean.js'
import type { Given, Source } from '../given.js'
import { type Problem, printable } from '../problem.js'
import { readLimitedText } from '../read-limited-text.js'
import { keyOf, SETTING_ENTRIES } from '../setting-names.js'
import type { Setting, SettingName } from '../table.js'

const MAX_BYTES = 64 * 1024
/** With more unknown keys than this, it is a different kind of file. */
const MAX_UNKNOWN = 3

const SETTING_OF_KEY = new Map(SETTING_ENTRIES.map((entry) => [keyOf(entry[1].flag), entry]))
/** The key that names the schema, for editors. */
const SCHEMA_KEY = '$schema'

/** The settings in the file at `path`, which may also be a pipe. */
export function readConfigFile(path: string): Source {
  const file = printable(path)
  const read = readLimitedText(path, MAX_BYTES)
  const { text } = read
  if (text === undefined) {
    const hint = HINTS[read.what ?? '']
    return nothing({ what: `the config file ${read.fault}`, where: file, hint })
  }

  const lines = new LineCounter()
  const place = (offset: number) => `line ${lines.linePos(offset).line}`
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false, // they would quote the file
    uniqueKeys: false, // reported below, with the key
  })
  const [error] = [...document.errors, ...document.warnings]
  if (error) return nothing(syntaxProblem(error.code, `${file}, ${place(error.pos[0])}`))
  const { contents } = document
  if (contents === null || (isScalar(contents) && contents.value === null)) {
    return { given: new Map(), problems: [] }
  }
  if (!isMap(contents)) {
    const what = 'the config file must have keys with values, like listen: 127.0.0.1:8080'
    return nothing({ what, where: file })
  }
  const stranger = strangerOf(contents.items.map(({ key }) => textOfKey(key)))
  if (stranger !== undefined) return nothing({ ...stranger, where: file })
  return readPairs(contents.items, (offset) => [file, place(offset)])
}

function nothing(problem: Problem): Source {
  return { given: new Map(), problems: [problem] }
}

function syntaxProblem(code: string, where: string): Problem {
  const known = Object.hasOwn(SYNTAX, code) ? SYNTAX[code] : undefined
  if (known !== undefined) return { what: `the config file ${known[0]}`, where, hint: known[1] }
  return {
    what: `the config file is not valid YAML or JSON: ${code}`,
    where,
    hint: 'quote a value that begins with [ { * & ! % @ or a backquote, or that has a colon followed by a space',
  }
}

const SYNTAX: Readonly<Partial<Record<string, readonly [what: string, hint: string]>>> = {
  TAB_AS_INDENT: ['has a tab where YAML allows only spaces', 'replace the tab with spaces'],
  MULTIPLE_DOCS: [
    'has more than one YAML document',
    'keep one: remove the line --- and what belongs to the other',
  ],
  TAG_RESOLVE_FAILED: [
    'has an unknown tag, a word that begins with !',
    'remove the tag, or quote the value if it begins with !',
  ],
}

/** What a file is that is not a config of ours; nothing of it is shown. */
function strangerOf(keys: readonly string[]): Problem | undefined {
  const unknown = keys.filter((key) => key !== SCHEMA_KEY && !SETTING_OF_KEY.has(key))
  if (unknown.some((key) => OF_CREDENTIALS.test(key))) {
    const what = 'this is a credentials file, not a tailer-proxy config'
    return { what, hint: 'pass it with --credentials instead of --config' }
  }
  if (unknown.length <= MAX_UNKNOWN) return undefined
  const what = 'this does not look like a tailer-proxy config'
  return { what, hint: 'each of its keys is a flag in camelCase: listen, connectTimeout' }
}

const OF_CREDENTIALS =
  /^(private_key|private_key_id|client_email|client_secret|refresh_token|subject_token_type|firebase_user|(tailer|jarvis)_\w+)$/

const HINTS: Readonly<Partial<Record<string, string>>> = {
  missing: 'check the path; a relative one starts at the current directory',
  directory: 'name the file in it',
}

type Place = (offset: number) => readonly [file: string, line: string]

function readPairs(pairs: readonly Pair[], place: Place): Source {
  const given = new Map<SettingName, Given>()
  const problems: Problem[] = []
  for (const { key: keyNode, value } of pairs) {
    const key = textOfKey(keyNode)
    if (key === SCHEMA_KEY) continue
    const [file, line] = place(isNode(keyNode) ? (keyNode.range?.[0] ?? 0) : 0)
    const where = `${file}, ${line}`
    const [name, setting] = SETTING_OF_KEY.get(key) ?? []
    if (name === undefined || setting === undefined) {
      const hint = didYouMean(key, [...SETTING_OF_KEY.keys()])
      const shown = printable(key)
      problems.push({ what: `unknown key ${shown}`, where, hint, name: shown })
    } else if (given.has(name)) {
      problems.push({ what: `${key} is given twice`, where })
    } else {
      const texts = textsOf(setting, value)
      const source = `${file}: ${key}, ${line}`
      given.set(name, { texts: texts ?? [], name: key, where, source, mayShow: false })
      if (!texts) problems.push({ ...kindProblem(key, setting, value), where, name: key })
    }
  }
  return { given, problems }
}

function textOfKey(key: unknown): string {
  return isScalar(key) ? String(key.value) : ''
}

/** The value as a user would write it elsewhere; for a list, each item. */
function textsOf(setting: Setting, value: unknown): string[] | undefined {
  const items = setting.list && isSeq(value) ? value.items : [value]
  const texts = items.flatMap((item) => (isScalar(item) ? (textOf(setting, item.value) ?? []) : []))
  return texts.length > 0 && texts.length === items.length ? texts : undefined
}

/** Numbers and booleans are accepted where their meaning is plain. */
function textOf(setting: Setting, plain: unknown): string | undefined {
  const { type, parse, isTextAlone, whenFalse } = setting
  if (plain === false && whenFalse !== undefined) return whenFalse
  if (typeof plain === 'string') return plain === '' ? undefined : plain
  if (typeof plain === 'number') return isTextAlone ? undefined : String(plain)
  // For a choice of words, listing them says more than that it must be text.
  const takesBoolean = type === 'boolean' || parse.choices !== undefined
  return typeof plain === 'boolean' && takesBoolean ? String(plain) : undefined
}

/** The fault of a value that no setting of this kind can have, however it is written. */
function kindProblem(key: string, setting: Setting, value: unknown): Problem {
  const { list, type, isTextAlone, whenFalse, default: fallback } = setting
  const plain = isScalar(value) ? value.value : value
  if (plain === null || plain === '' || (isSeq(value) && list && value.items.length === 0)) {
    return { what: `${key} has no value`, hint: 'give it a value, or remove the line' }
  }
  const expected = list ? 'text, or a list of texts' : EXPECTED[type ?? 'text']
  const example = fallback === undefined ? undefined : `for example: ${key}: ${fallback}`
  if (typeof plain === 'boolean') {
    const none = plain ? 'put it in quotes if it is text' : 'remove the line to have none'
    const or = whenFalse === undefined ? 'true or false' : 'true'
    return { what: `${key} must be ${expected}, not ${or}`, hint: example ?? none }
  }
  if (isTextAlone && isScalar(value)) {
    return { what: `${key} must be ${expected}, not a number`, hint: 'put it in quotes' }
  }
  const kind = isMap(value) ? ', not a map' : isSeq(value) && !list ? ', not a list' : ''
  return { what: `${key} must be ${expected}${kind}`, hint: example }
}

const EXPECTED = { boolean: 'true or false', number: 'a number', text: 'text' } as const
