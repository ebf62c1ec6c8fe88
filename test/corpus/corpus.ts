/** Owns the list of the corpus: RFC 9112's MUST-rejects and the published ways to smuggle. */
import { browsers, hosts } from './callers.js'
import { chunks } from './chunks.js'
import { evasions, readOnly } from './evasions.js'
import { fields } from './fields.js'
import { framing } from './framing.js'
import { requestLines } from './request-lines.js'
import { targets } from './targets.js'
import type { Vectors } from './vector.js'

export const CORPUS: readonly Vectors[] = [
  framing,
  chunks,
  requestLines,
  targets,
  fields,
  hosts,
  browsers,
  evasions,
  readOnly,
]
