import { checkEveryBreak } from '../../clients/check-every-break.js'
import { OTHERS } from '../../clients/other-languages.js'

checkEveryBreak(OTHERS)
