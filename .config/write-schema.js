// Writes config/tailer-proxy.schema.json from the table of settings: `npm run build:schema`.
import { writeFileSync } from 'node:fs'
import { format } from 'prettier'
import { configSchema } from '../dist/settings/config-file/config-schema.js'

const text = await format(JSON.stringify(configSchema()), { parser: 'json', printWidth: 100 })
writeFileSync('config/tailer-proxy.schema.json', text)
