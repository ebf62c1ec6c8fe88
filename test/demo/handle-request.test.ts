import t from 'tap'
import { EXAMPLE_RUN } from '../../src/demo/run.js'
import { connect, startApi } from './connect.js'
import { signToken } from './sign-token.js'

const LAUNCH = '/v1/dag/launch'
const STATUS = '/v1/dag/status'
const WORKFLOW = '/v1/workflow/status'
const CONFIGURATION = '/v1/configuration/status'

const configuration = {
  account: '000099',
  environment: 'DEV',
  configuration_type: 'table-to-table',
  configuration_id: '000099_iowa_liquor_prepare_pda_DEV',
}
const launchBody = { action: 'launch_job', ...configuration }
const jobId = EXAMPLE_RUN.job_id

const unauthorized = {
  status: 401,
  headers: {
    'content-type': 'application/json',
    'www-authenticate': 'Bearer error="invalid_token"',
  },
  text: '{"message":"Unauthorized"}',
}

t.test("the documentation's first call gets the documented response", async (t) => {
  const client = await connect(t, await startApi(t))
  const answer = await client.send(
    { ':method': 'POST', ':path': STATUS, 'content-type': 'application/json' },
    JSON.stringify({
      action: 'check_run_status',
      ...configuration,
      job_id: jobId,
      run_id: '20201230-112837-0a795c70-2557-4a60-ba16-788aa2bea179',
    }),
  )
  t.equal(answer.status, 200)
  t.equal(answer.headers['content-type'], 'application/json')
  t.equal(
    answer.text,
    '{"results":[{"account":"000099",' +
      '"configuration_id":"000099_iowa_liquor_prepare_pda_DEV",' +
      '"configuration_type":"table-to-table","duration":"0:01:24.002519","environment":"DEV",' +
      '"job_id":"gbq-to-gbq|000099_iowa_liquor_prepare_pda_DEV",' +
      '"last_update_date":"2020-12-30T11:30:07.960767+00:00",' +
      '"run_id":"20201230-112837-0a795c70-2557-4a60-ba16-788aa2bea179",' +
      '"start_execution_date":"2020-12-30T11:28:43.861340+00:00","status":"SUCCESS"}]}',
  )
})

t.test('a job is launched, runs, succeeds and is listed', async (t) => {
  const clock = { time: Date.now() }
  const client = await connect(
    t,
    await startApi(t, { now: () => clock.time, runDurationMs: 5_000 }),
  )
  const launched = await client.post(LAUNCH, launchBody)
  t.equal(launched.status, 200)
  const { run_id } = launched.body as { run_id: string }

  const check = { action: 'check_run_status', ...configuration, job_id: jobId, run_id }
  t.match(await client.post(STATUS, check), {
    status: 200,
    body: { results: [{ run_id, status: 'RUNNING' }] },
  })
  clock.time += 5_000
  t.match(await client.post(STATUS, check), {
    status: 200,
    body: { results: [{ run_id, status: 'SUCCESS', duration: '0:00:05.000000' }] },
  })
  const last = { action: 'get_last_status', ...configuration, status: 'SUCCESS', limit: 2 }
  t.match(await client.post(STATUS, last), {
    status: 200,
    body: { results: [{ run_id }, { run_id: EXAMPLE_RUN.run_id }] },
  })
})

t.test('a workflow is reset, and a configuration switched off and on', async (t) => {
  const client = await connect(t, await startApi(t))
  t.same(await client.post(WORKFLOW, { action: 'reset_workflow_status', ...configuration }), {
    status: 200,
    body: { code: 200, data: {}, message: 'ok' },
  })
  t.same(await client.post(STATUS, { action: 'get_last_status', ...configuration }), {
    status: 200,
    body: { results: [] },
  })
  const set = (activated: boolean) =>
    client.post(CONFIGURATION, {
      action: 'set_configuration_status',
      ...configuration,
      activated,
      archived: false,
    })
  t.same(await set(false), { status: 200, body: { message: 'ok' } })
  t.same(await client.post(LAUNCH, launchBody), {
    status: 409,
    body: { message: 'Configuration 000099_iowa_liquor_prepare_pda_DEV is disabled' },
  })
  t.same(await set(true), { status: 200, body: { message: 'ok' } })
  t.equal((await client.post(LAUNCH, launchBody)).status, 200)
})

t.test('an unauthorised request is told nothing else', async (t) => {
  const api = await startApi(t)
  const client = await connect(t, api)
  const stale = await signToken(api.serviceAccount, { audience: api.origin, issuedAt: 1 })
  const astray = await signToken(api.serviceAccount, { audience: 'https://other.example' })
  for (const authorization of ['', 'Bearer nonsense', `Bearer ${stale}`, `Bearer ${astray}`]) {
    t.match(await client.send({ ':path': '/', authorization }), unauthorized)
  }
  const authorization = 'Bearer nonsense'
  t.match(await client.send({ ':path': '/nowhere', authorization }), unauthorized)
  t.match(await client.send({ ':path': LAUNCH, ':method': 'PUT', authorization }), unauthorized)
  t.match(
    await client.send({ ':path': LAUNCH, ':method': 'POST', authorization }, 'no json'),
    unauthorized,
  )
  t.same(api.requests, { total: 7, unauthorized: 7 })
})

t.test('a refused upload is taken to its end, and the connection goes on', async (t) => {
  const client = await connect(t, await startApi(t))
  const upload = Array.from({ length: 64 }, () => 'x'.repeat(64 * 1024))
  const refused = { ':method': 'POST', ':path': LAUNCH, authorization: 'Bearer nonsense' }
  t.match(await client.send(refused, upload), unauthorized)
  t.equal((await client.send({ ':path': '/' })).status, 200)
})

t.test('a token for the audience asked for is accepted', async (t) => {
  const audience = 'https://tailer-api.example'
  const api = await startApi(t, { audience })
  const client = await connect(t, api)
  t.equal((await client.send({ ':path': '/' })).status, 401, 'for the origin, no longer')
  const token = await signToken(api.serviceAccount, { audience })
  const authorization = `Bearer ${token}`
  t.equal((await client.send({ ':path': '/', authorization })).status, 200)
})

t.test('the root responds to GET and HEAD', async (t) => {
  const client = await connect(t, await startApi(t))
  const got = await client.send({ ':path': '/?a=b' })
  t.match(got, { status: 200, text: '{"message":"Tailer API"}' })
  const head = await client.send({ ':path': '/', ':method': 'HEAD' })
  t.match(head, { status: 200, text: '' })
  t.equal(head.headers['content-length'], String(got.text.length))
})

t.test('other paths are not found, and other methods not allowed', async (t) => {
  const client = await connect(t, await startApi(t))
  for (const path of ['/v1/dag', '/v1/dag/launch/', '/V1/dag/launch', '//', '/__proto__']) {
    for (const method of ['GET', 'POST', 'HEAD']) {
      const answer = await client.send({ ':path': path, ':method': method })
      t.equal(answer.status, 404, `${method} ${path}`)
      t.equal(answer.text, method === 'HEAD' ? '' : '{"message":"Not Found"}')
    }
  }
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND', 'BREW']) {
    const answer = await client.send({ ':path': LAUNCH, ':method': method })
    t.match(answer, { status: 405, headers: { allow: 'POST' } }, method)
  }
  const posted = await client.send({ ':path': '/', ':method': 'POST' })
  t.match(posted, { status: 405, headers: { allow: 'GET, HEAD' } })
  t.equal(posted.text, '{"message":"Method Not Allowed"}')
})

t.test('a body that cannot be understood is refused, saying why', async (t) => {
  const client = await connect(t, await startApi(t))
  const refusal = async (body: string, path = LAUNCH) => {
    const answer = await client.send({ ':method': 'POST', ':path': path }, body)
    t.equal(answer.status, 400)
    return (JSON.parse(answer.text) as { message: string }).message
  }
  const json = (fields: object) => JSON.stringify({ ...launchBody, ...fields })

  t.equal(await refusal(''), 'The body must be JSON')
  t.equal(await refusal('[{}]'), 'The body must be a JSON object')
  t.equal(await refusal('{"__proto__":{"action":"launch_job"}}'), 'action is missing')
  t.equal(await refusal(json({ action: undefined })), 'action is missing')
  t.equal(await refusal(json({ action: 'get_last_status' })), 'action must be launch_job')
  t.equal(await refusal(json({ action: 'toString' })), 'action must be launch_job')
  t.equal(
    await refusal(json({ action: 'launch_job' }), STATUS),
    'action must be check_run_status or get_last_status',
  )
  for (const field of Object.keys(configuration)) {
    t.equal(await refusal(json({ [field]: undefined })), `${field} is missing`)
    t.equal(await refusal(json({ [field]: 99 })), `${field} must be a non-empty string`)
  }
  t.equal(await refusal(json({ job_id: 1 })), 'job_id must be a non-empty string')
  t.equal(
    await refusal(json({ action: 'check_run_status', job_id: jobId }), STATUS),
    'run_id is missing',
  )
  t.equal(
    await refusal(json({ action: 'get_last_status', limit: '2' }), STATUS),
    'limit must be a positive integer',
  )
  t.equal(
    await refusal(json({ action: 'set_configuration_status', activated: true }), CONFIGURATION),
    'archived is missing',
  )
})

t.test('an unknown run is not found', async (t) => {
  const client = await connect(t, await startApi(t))
  const query = { action: 'check_run_status', ...configuration, job_id: jobId, run_id: 'unknown' }
  t.same(await client.post(STATUS, query), {
    status: 404,
    body: { message: `Run unknown of job ${jobId} not found` },
  })
})

t.test('a body may come in many pieces', async (t) => {
  const client = await connect(t, await startApi(t))
  const body = JSON.stringify({ ...launchBody, job_id: 'é→𝄞' })
  const answer = await client.send({ ':method': 'POST', ':path': LAUNCH }, Array.from(body))
  t.equal(answer.status, 200)
  const last = { action: 'get_last_status', ...configuration, job_id: 'é→𝄞' }
  t.match(await client.post(STATUS, last), { body: { results: [{ job_id: 'é→𝄞' }] } })
})

t.test('a body may have 1 MiB and not a byte more', async (t) => {
  const client = await connect(t, await startApi(t))
  const body = JSON.stringify(launchBody)
  const padding = ' '.repeat(1_048_576 - body.length)
  const launch = { ':method': 'POST', ':path': LAUNCH }
  t.equal((await client.send(launch, body + padding)).status, 200)
  t.match(await client.send(launch, `${body}${padding} `), {
    status: 413,
    text: '{"message":"The body is larger than 1048576 bytes"}',
  })
  t.equal((await client.send({ ':path': '/' })).status, 200, 'the connection goes on')
})

t.test('an upload truncated after a complete JSON text launches nothing', async (t) => {
  const api = await startApi(t)
  const client = await connect(t, api)
  const upload = client.open({ ':method': 'POST', ':path': LAUNCH })
  upload.write(JSON.stringify({ ...launchBody, job_id: 'truncated' }))
  // The answer to a PING shows that the frames before it have arrived.
  await new Promise((resolve) => client.session.ping(resolve))
  upload.destroy()
  const last = { action: 'get_last_status', ...configuration, job_id: 'truncated' }
  t.same(await client.post(STATUS, last), { status: 200, body: { results: [] } })
  t.equal(api.requests.total, 2, 'both were dealt with')
})
