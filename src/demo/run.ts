/**
 * Owns a run as the Tailer API shows it: its fields, the documented date formats, and its change
 * from RUNNING to SUCCESS with time alone.
 */
import { randomUUID } from 'node:crypto'

/** What every call specifies. */
export interface Configuration {
  account: string
  environment: string
  configuration_type: string
  configuration_id: string
}

export interface Launch extends Configuration {
  /** Default: the configuration's one job. */
  job_id?: string | undefined
  /** Default: the day of the launch, in UTC. */
  execution_date?: string | undefined
}

/** Fields in the order of the documentation's responses. */
export interface Run extends Configuration {
  /** `H:MM:SS.ffffff` */
  duration: string
  job_id: string
  /** ISO 8601 with microseconds and `+00:00`, as is `start_execution_date`. */
  last_update_date: string
  /** `YYYYMMDD-HHMMSS-uuid` */
  run_id: string
  start_execution_date: string
  status: 'RUNNING' | 'SUCCESS'
}

/** The run of the documentation's first example, to the microsecond. */
export const EXAMPLE_RUN: Readonly<Run> = {
  account: '000099',
  configuration_id: '000099_iowa_liquor_prepare_pda_DEV',
  configuration_type: 'table-to-table',
  duration: '0:01:24.002519',
  environment: 'DEV',
  job_id: 'gbq-to-gbq|000099_iowa_liquor_prepare_pda_DEV',
  last_update_date: '2020-12-30T11:30:07.960767+00:00',
  run_id: '20201230-112837-0a795c70-2557-4a60-ba16-788aa2bea179',
  start_execution_date: '2020-12-30T11:28:43.861340+00:00',
  status: 'SUCCESS',
}

/**
 * Starts a run at `startedAt` (milliseconds since the epoch) that succeeds `durationMs` later;
 * returns a function that gives the run's state at any time.
 */
export function startRun(job: Launch, startedAt: number, durationMs: number): (at: number) => Run {
  const runId = runIdAt(startedAt)
  return (at) => {
    const elapsedMs = Math.min(Math.max(at - startedAt, 0), durationMs)
    return {
      account: job.account,
      configuration_id: job.configuration_id,
      configuration_type: job.configuration_type,
      duration: formatDuration(elapsedMs),
      environment: job.environment,
      job_id: job.job_id ?? defaultJobId(job),
      last_update_date: formatDate(startedAt + elapsedMs),
      run_id: runId,
      start_execution_date: formatDate(startedAt),
      status: elapsedMs < durationMs ? 'RUNNING' : 'SUCCESS',
    }
  }
}

/** Job ids still use the type's older name, as in the documentation's example. */
function defaultJobId({ configuration_type: type, configuration_id: id }: Configuration): string {
  return `${type === 'table-to-table' ? 'gbq-to-gbq' : type}|${id}`
}

function runIdAt(time: number): string {
  const digits = new Date(time).toISOString().replace(/\D/g, '')
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${randomUUID()}`
}

function formatDate(time: number): string {
  return new Date(time).toISOString().replace('Z', '000+00:00')
}

function formatDuration(elapsedMs: number): string {
  const hours = Math.floor(elapsedMs / 3_600_000)
  const minutesOn = formatDate(elapsedMs).slice('1970-01-01T00:'.length, -'+00:00'.length)
  return `${hours}:${minutesOn}`
}
