/** Owns the work that is measured: the documented status request, its answer, a usual bearer. */
import { EXAMPLE_RUN } from '../../src/demo/run.js'

export const STATUS_PATH = '/v1/dag/status'

export const STATUS_REQUEST = JSON.stringify({
  action: 'check_run_status',
  account: '000099',
  environment: 'DEV',
  configuration_type: 'table-to-table',
  configuration_id: '000099_iowa_liquor_prepare_pda_DEV',
  job_id: 'gbq-to-gbq|000099_iowa_liquor_prepare_pda_DEV',
  run_id: '20201230-112837-0a795c70-2557-4a60-ba16-788aa2bea179',
})

export const STATUS_ANSWER = JSON.stringify({ results: [EXAMPLE_RUN] })

/** As long as a signed JWT of a service account: about 780 bytes. */
export const TOKEN = 'eyJhbGciOiJSUzI1NiJ9'.padEnd(780, 'x')
