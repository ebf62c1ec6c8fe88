/** Owns the one service account of a process of tests: each key costs a fifth of a second. */
import { createServiceAccount } from '../../src/demo/create-service-account.js'

export const SHARED_ACCOUNT = await createServiceAccount()
