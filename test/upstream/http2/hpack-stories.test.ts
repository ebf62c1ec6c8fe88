/** Header blocks of encoders that nobody here wrote, where their folder is present. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { HpackDecoder } from '../../../src/upstream/http2/hpack-decoder.js'
import { projectFile } from '../../project-file.js'

interface Story {
  readonly cases: readonly {
    readonly wire: string
    readonly headers: readonly Readonly<Record<string, string>>[]
    readonly header_table_size?: number | null
  }[]
}

const FOLDER = projectFile('../shared/hpack-test-case')
const isPresent = existsSync(FOLDER)
const encoders = isPresent
  ? readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  : []

t.comment(isPresent ? `${encoders.length} encoders` : `${FOLDER} is not present`)

for (const { name } of encoders) {
  t.test(`what ${name} wrote is read`, (t) => {
    let blocks = 0
    for (const file of readdirSync(join(FOLDER, name))) {
      const { cases } = JSON.parse(readFileSync(join(FOLDER, name, file), 'utf8')) as Story
      const sizes = cases.map(({ header_table_size: size }) => size ?? 4096)
      const decoder = new HpackDecoder(1_000_000, Math.max(...sizes))
      for (const { wire, headers } of cases) {
        const bytes = Buffer.from(wire, 'hex')
        // Some stories have spaces around a value, which RFC 9113 §8.2.1 forbids: the decoder trims them.
        const expected = headers.flatMap((field) => Object.entries(field).flat().map(trimmed))
        const read = decoder.decode(bytes, 0, bytes.length)
        if (read.join('\n') !== expected.join('\n')) t.strictSame(read, expected, file)
        blocks++
      }
    }
    t.ok(blocks > 50, `${blocks} blocks`)
    t.end()
  })
}

function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '')
}
