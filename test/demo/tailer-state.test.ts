import t from 'tap'
import { EXAMPLE_RUN } from '../../src/demo/run.js'
import { createTailerState, MAX_REMEMBERED, RUN_DURATION_MS } from '../../src/demo/tailer-state.js'

const configuration = {
  account: '000099',
  environment: 'DEV',
  configuration_type: 'table-to-table',
  configuration_id: 'prepare_DEV',
}
const job = { ...configuration, job_id: 'job' }

/** A state whose clock stands still until it is moved. */
function createClockedState() {
  const clock = { time: Date.parse('2026-03-01T09:00:00Z') }
  return { clock, state: createTailerState({ now: () => clock.time }) }
}

t.test('it starts out with the run of the documentation', (t) => {
  const { state } = createClockedState()
  t.same(state.getRun(EXAMPLE_RUN), EXAMPLE_RUN)
  t.same(state.getLastRuns({ ...EXAMPLE_RUN, execution_date: '2020-12-30' }), [EXAMPLE_RUN])
  t.end()
})

t.test('a launched run succeeds after its time', (t) => {
  const { state, clock } = createClockedState()
  const run_id = state.launch(job)
  t.match(state.getRun({ ...job, run_id }), { ...job, run_id, status: 'RUNNING' })
  clock.time += RUN_DURATION_MS
  t.equal(state.getRun({ ...job, run_id }).status, 'SUCCESS')
  t.end()
})

t.test('a run is found by all of its identity only', (t) => {
  const { state } = createClockedState()
  const query = { ...job, run_id: state.launch(job) }
  for (const name of ['account', 'environment', 'configuration_id', 'job_id', 'run_id']) {
    t.throws(
      () => state.getRun({ ...query, [name]: 'other' }),
      { name: 'ApiError', status: 404 },
      name,
    )
  }
  t.equal(state.getRun({ ...query, configuration_type: 'gbq-to-gbq' }).run_id, query.run_id)
  t.end()
})

t.test('the last runs come newest first, and by filter', (t) => {
  const { state, clock } = createClockedState()
  const first = state.launch(job)
  clock.time += RUN_DURATION_MS
  const second = state.launch({ ...job, job_id: 'other' })
  const third = state.launch({ ...job, execution_date: '2020-12-09' })
  state.launch({ ...job, environment: 'PROD' })

  const idsOf = (filter: object) =>
    state.getLastRuns({ ...configuration, ...filter }).map((run) => run.run_id)
  t.same(idsOf({}), [third, second, first])
  t.same(idsOf({ limit: 2 }), [third, second])
  t.same(idsOf({ job_id: 'job' }), [third, first])
  t.same(idsOf({ status: 'SUCCESS' }), [first])
  t.same(idsOf({ status: 'RUNNING', limit: 1 }), [third])
  t.same(idsOf({ execution_date: '2020-12-09' }), [third])
  t.same(idsOf({ execution_date: '2026-03-01' }), [second, first])
  t.same(idsOf({ status: 'FAILED' }), [])
  t.end()
})

t.test('a reset takes the runs from the list, not from the record', (t) => {
  const { state } = createClockedState()
  const before = state.launch(job)
  const elsewhere = { ...job, configuration_id: 'other_DEV' }
  state.launch(elsewhere)
  state.resetWorkflow(configuration)
  const after = state.launch(job)
  t.match(state.getLastRuns(configuration), [{ run_id: after }])
  t.equal(state.getLastRuns(configuration).length, 1)
  t.equal(state.getLastRuns(elsewhere).length, 1)
  t.equal(state.getRun({ ...job, run_id: before }).run_id, before)
  t.end()
})

t.test('a disabled or archived configuration refuses a launch until it is enabled', (t) => {
  const { state } = createClockedState()
  const refused = (reason: string) => ({
    status: 409,
    message: `Configuration prepare_DEV is ${reason}`,
  })
  state.setConfiguration(configuration, { activated: false, archived: false })
  t.throws(() => state.launch(job), refused('disabled'))
  state.setConfiguration(configuration, { activated: true, archived: true })
  t.throws(() => state.launch(job), refused('archived'))
  t.doesNotThrow(() => state.launch({ ...job, environment: 'PROD' }))
  state.setConfiguration(configuration, { activated: true, archived: false })
  t.doesNotThrow(() => state.launch(job))
  t.end()
})

t.test('it remembers so many runs and no more', (t) => {
  const { state } = createClockedState()
  const ids = Array.from({ length: MAX_REMEMBERED + 1 }, () => state.launch(job))
  const [forgotten = '', oldest = ''] = ids
  t.equal(state.getLastRuns(configuration).length, MAX_REMEMBERED)
  t.throws(() => state.getRun({ ...job, run_id: forgotten }), { name: 'ApiError', status: 404 })
  t.equal(state.getRun({ ...job, run_id: oldest }).run_id, oldest)
  t.throws(() => state.getRun(EXAMPLE_RUN), { name: 'ApiError', status: 404 })
  t.end()
})

t.test('it remembers so many switched-off configurations and no more', (t) => {
  const { state } = createClockedState()
  const disable = (configuration_id: string) => {
    const status = { activated: false, archived: false }
    state.setConfiguration({ ...configuration, configuration_id }, status)
  }
  disable('kept')
  disable('first')
  for (let i = 2; i < MAX_REMEMBERED; i += 1) disable(`more-${i}`)
  disable('kept')
  disable('last')
  const launch = (configuration_id: string) => () => state.launch({ ...job, configuration_id })
  t.doesNotThrow(launch('first'))
  t.throws(launch('kept'), { name: 'ApiError', status: 409 })
  t.throws(launch('last'), { name: 'ApiError', status: 409 })
  t.end()
})
