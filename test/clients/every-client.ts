/** Owns the list of clients that the table is held to. */
import type { Client } from './client.js'
import { CURLS } from './curl.js'
import { NODES } from './node.js'
import { OTHERS } from './other-languages.js'

export const CLIENTS: readonly Client[] = [...CURLS, ...NODES, ...OTHERS]
