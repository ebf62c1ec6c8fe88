// Writes the parts of config/ that come from the table of settings, the schema and the reference:
// `npm run build:schema`.
import { readFileSync, writeFileSync } from 'node:fs'
import { format } from 'prettier'
import { configSchema } from '../.build/src/settings/config-file/config-schema.js'
import { settingsReference } from '../.build/src/settings/help/settings-reference.js'

const schema = await format(JSON.stringify(configSchema()), { parser: 'json', printWidth: 100 })
writeFileSync('config/tailer-proxy.schema.json', schema)

const readme = readFileSync('config/README.md', 'utf8')
const marked = /(?<=<!-- settings -->\n\n)[^]*?(?=\n\n<!-- \/settings -->)/
if (!marked.test(readme)) throw new Error('config/README.md has lost its <!-- settings --> marks')
writeFileSync('config/README.md', readme.replace(marked, settingsReference))
