import { checkEveryFault } from '../upstream/check-every-fault.js'

checkEveryFault({ every: 1 })
