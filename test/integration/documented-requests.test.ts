import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createTailerApi, type TailerApi } from '../../src/demo/tailer-api.js'
import { startTestProxy } from './start-test-proxy.js'
import { SHARED_ACCOUNT } from '../demo/shared-account.js'

const COMMON = {
  account: '000099',
  environment: 'DEV',
  configuration_type: 'table-to-table',
  configuration_id: '000099_iowa_liquor_prepare_pda_DEV',
}
const JOB = { ...COMMON, job_id: 'gbq-to-gbq|000099_iowa_liquor_prepare_pda_DEV' }

/** The embedded API, and a proxy in front of it with its key file. */
async function start(t: Test): Promise<{ api: TailerApi; url: string }> {
  const api = await createTailerApi({ account: SHARED_ACCOUNT, runDurationMs: 1 })
  const folder = t.testdir()
  const key = join(folder, 'key.json')
  const ca = join(folder, 'ca.pem')
  writeFileSync(key, JSON.stringify(api.serviceAccount))
  writeFileSync(ca, api.caPem)
  const proxy = await startTestProxy([
    `--upstream=${api.origin}`,
    `--ca-file=${ca}`,
    `--credentials=${key}`,
  ])
  t.teardown(async () => {
    await proxy.drain()
    await api.close()
  })
  return { api, url: proxy.listening }
}

async function call(url: string, path: string, body: unknown): Promise<[number, unknown]> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return [response.status, await response.json()]
}

t.test('every documented call works without a token', async (t) => {
  const { api, url } = await start(t)

  const [status, answer] = await call(url, '/v1/dag/status', {
    action: 'check_run_status',
    ...JOB,
    run_id: '20201230-112837-0a795c70-2557-4a60-ba16-788aa2bea179',
  })
  t.equal(status, 200)
  t.match(answer, { results: [{ status: 'SUCCESS', duration: '0:01:24.002519' }] })

  const [, launched] = await call(url, '/v1/dag/launch', { action: 'launch_job', ...JOB })
  t.match(launched, { run_id: /^\d{8}-\d{6}-[0-9a-f-]{36}$/ })

  const [, last] = await call(url, '/v1/dag/status', {
    action: 'get_last_status',
    ...JOB,
    limit: 1,
  })
  t.match(last, { results: [launched] }, 'the launched run is the newest')

  const [, reset] = await call(url, '/v1/workflow/status', {
    action: 'reset_workflow_status',
    ...COMMON,
  })
  t.match(reset, { code: 200, message: 'ok' })

  const [, disabled] = await call(url, '/v1/configuration/status', {
    action: 'set_configuration_status',
    ...COMMON,
    activated: false,
    archived: false,
  })
  t.match(disabled, { message: 'ok' })
  t.equal((await call(url, '/v1/dag/launch', { action: 'launch_job', ...JOB }))[0], 409)
  t.equal(api.requests.unauthorized, 0, 'the API accepted every bearer')
})

t.test("a client's own authorization is replaced by ours", async (t) => {
  const { api, url } = await start(t)
  const response = await fetch(`${url}/`, {
    headers: { authorization: 'Bearer theirs', 'x-serverless-authorization': 'Bearer theirs' },
  })
  t.equal(response.status, 200)
  t.equal(api.requests.unauthorized, 0)
})

t.test('error responses of the API pass as they are', async (t) => {
  const { url } = await start(t)
  const response = await fetch(`${url}/v1/dag/status`, { method: 'POST', body: '{' })
  t.equal(response.status, 400)
  t.equal(response.headers.get('x-tailer-proxy-error'), null)
})
