import { checkEverySilence } from './check-every-silence.js'
import { CURLS } from './curl.js'

// The other clients, and unix sockets, are for the long tests.
checkEverySilence(CURLS.filter(({ transport }) => transport === 'tcp'))
