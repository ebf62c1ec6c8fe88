import { checkEverySilence } from '../clients/check-every-silence.js'
import { CLIENTS } from '../clients/every-client.js'

checkEverySilence(CLIENTS)
