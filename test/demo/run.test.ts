import t from 'tap'
import { startRun } from '../../src/demo/run.js'

const START = Date.parse('2026-03-01T09:05:07.042Z')
const configuration = {
  account: '000099',
  environment: 'DEV',
  configuration_type: 'table-to-table',
  configuration_id: 'prepare_DEV',
}

t.test('a run goes from RUNNING to SUCCESS by the clock, and then stands still', (t) => {
  const at = startRun(configuration, START, 3_000)
  const running = at(START + 1_500)
  t.same(
    { ...running, run_id: '' },
    {
      ...configuration,
      duration: '0:00:01.500000',
      job_id: 'gbq-to-gbq|prepare_DEV',
      last_update_date: '2026-03-01T09:05:08.542000+00:00',
      run_id: '',
      start_execution_date: '2026-03-01T09:05:07.042000+00:00',
      status: 'RUNNING',
    },
  )
  t.match(running.run_id, /^20260301-090507-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)

  t.equal(at(START + 2_999).status, 'RUNNING')
  const done = at(START + 3_000)
  t.match(done, { status: 'SUCCESS', duration: '0:00:03.000000', run_id: running.run_id })
  t.same(at(START + 1e9), done)
  t.end()
})

t.test('a clock set back gives no negative duration', (t) => {
  t.match(startRun(configuration, START, 3_000)(START - 60_000), {
    duration: '0:00:00.000000',
    last_update_date: '2026-03-01T09:05:07.042000+00:00',
    status: 'RUNNING',
  })
  t.end()
})

t.test('a duration has hours, minutes, seconds and microseconds', (t) => {
  const length = ((27 * 60 + 1) * 60 + 24) * 1_000 + 2
  t.equal(startRun(configuration, START, length)(Infinity).duration, '27:01:24.002000')
  t.end()
})

t.test('the job is the one named, or the only one of its configuration', (t) => {
  const jobIdOf = (launch: object) =>
    startRun({ ...configuration, ...launch }, START, 1)(START).job_id
  t.equal(jobIdOf({ job_id: 'mine' }), 'mine')
  t.equal(jobIdOf({ configuration_type: 'storage-to-storage' }), 'storage-to-storage|prepare_DEV')
  t.end()
})
