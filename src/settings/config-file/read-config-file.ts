/**
 * Owns the config file: a map of settings in YAML, of which JSON is a part. Its messages name keys
 * and lines but never quote a value, since one may be a secret.
 */
import { isMap, isNode, isScalar, isSeq, LineCounter, type Pair, parseDocument } from 'yaml'
import { didYouMean } from '../help/did-you-mean.js'
import type { Given, Source } from '../given.js'
import { type Problem, printable } from '../problem.js'
import { readLimitedText } from '../read-limited-text.js'
import { keyOf, SETTING_ENTRIES } from '../setting-names.js'
import type { Setting, SettingName } from '../table.js'

const MAX_BYTES = 64 * 1024

const SETTING_OF_KEY = new Map(SETTING_ENTRIES.map((entry) => [keyOf(entry[1].flag), entry]))

/** The settings in the file at `path`, which may as well be a pipe. */
export function readConfigFile(path: string): Source {
  const file = printable(path)
  const { text, fault } = readLimitedText(path, MAX_BYTES)
  if (text === undefined) return nothing({ what: `the config file ${fault}`, where: file })

  const lines = new LineCounter()
  const place = (offset: number) => `line ${lines.linePos(offset).line}`
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false, // they would quote the file
    uniqueKeys: false, // told below, with the key
  })
  const [error] = [...document.errors, ...document.warnings]
  if (error) {
    return nothing({
      what: `the config file is not valid YAML or JSON: ${error.code}`,
      where: `${file}, ${place(error.pos[0])}`,
      hint: 'quote a value that begins with [ { * & ! % @ or a backquote, or holds a colon and a space',
    })
  }
  const { contents } = document
  if (contents === null || (isScalar(contents) && contents.value === null)) {
    return { given: new Map(), problems: [] }
  }
  if (!isMap(contents)) {
    const what = 'the config file wants keys with values, like listen: 127.0.0.1:8080'
    return nothing({ what, where: file })
  }
  return readPairs(contents.items, (key, offset) => `${file}: ${key}, ${place(offset)}`)
}

function nothing(problem: Problem): Source {
  return { given: new Map(), problems: [problem] }
}

function readPairs(pairs: readonly Pair[], place: (key: string, offset: number) => string): Source {
  const given = new Map<SettingName, Given>()
  const problems: Problem[] = []
  for (const { key: keyNode, value } of pairs) {
    const key = isScalar(keyNode) ? String(keyNode.value) : ''
    const offset = isNode(keyNode) ? (keyNode.range?.[0] ?? 0) : 0
    const where = place(printable(key), offset)
    const [name, setting] = SETTING_OF_KEY.get(key) ?? []
    if (name === undefined || setting === undefined) {
      const hint = didYouMean(key, [...SETTING_OF_KEY.keys()])
      problems.push({ what: `unknown key ${printable(key)}`, where, hint })
    } else if (given.has(name)) {
      problems.push({ what: `${key} is given twice`, where })
    } else {
      const texts = textsOf(setting, value)
      given.set(name, { texts: texts ?? [], where, mayShow: false })
      if (!texts) problems.push({ what: `--${setting.flag} wants ${wantedOf(setting)}`, where })
    }
  }
  return { given, problems }
}

/** The value as a user would write it elsewhere, if it is of a kind that the setting takes. */
function textsOf(setting: Setting, value: unknown): string[] | undefined {
  const items = setting.list && isSeq(value) ? value.items : [value]
  const texts = items.flatMap((item) => {
    const plain = isScalar(item) ? item.value : undefined
    return typeof plain === 'string' || typeof plain === setting.type ? String(plain) : []
  })
  return texts.length > 0 && texts.length === items.length ? texts : undefined
}

function wantedOf({ type, list }: Setting): string {
  if (type === 'boolean') return 'true or false'
  if (type === 'number') return 'a number'
  return list ? 'a text in quotes, or a list of them' : 'a text in quotes'
}
