import { checkEveryBreak } from '../../clients/check-every-break.js'
import { CURLS } from '../../clients/curl.js'

checkEveryBreak(CURLS)
