import { checkEverySilence } from './check-every-silence.js'
import { CURLS } from './curl.js'

// The other clients are for the long tests.
checkEverySilence(CURLS)
