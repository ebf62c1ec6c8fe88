import { checkEveryFault } from './check-every-fault.js'

// All of it is for the long tests.
checkEveryFault({ every: 5 })
