import { checkEveryBreak } from '../../clients/check-every-break.js'
import { NODES } from '../../clients/node.js'

checkEveryBreak(NODES)
