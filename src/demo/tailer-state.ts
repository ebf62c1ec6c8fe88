/**
 * Owns what the embedded API remembers, within bounds: the latest runs, and configurations that may
 * not be launched. It knows nothing of HTTP and does no I/O.
 */
import { ApiError } from './api-error.js'
import { type Configuration, EXAMPLE_RUN, type Launch, type Run, startRun } from './run.js'

/** How long a launched run is RUNNING, by default. */
export const RUN_DURATION_MS = 3_000
/** Older runs than this many are forgotten; so are configurations that were switched off. */
export const MAX_REMEMBERED = 1_000

export interface RunQuery extends Configuration {
  job_id: string
  run_id: string
}

export interface LastRunsQuery extends Configuration {
  job_id?: string | undefined
  /** A day, `YYYY-MM-DD`. */
  execution_date?: string | undefined
  status?: string | undefined
  /** Default: all that are remembered. */
  limit?: number | undefined
}

export interface ConfigurationStatus {
  activated: boolean
  archived: boolean
}

export interface TailerState {
  /** Returns the run's id. Throws 409 if the configuration is disabled or archived. */
  launch(job: Launch): string
  /** Throws 404 unless a run matches the whole query. */
  getRun(query: RunQuery): Run
  /** The runs of a configuration since its last reset, newest first. */
  getLastRuns(query: LastRunsQuery): Run[]
  /** Removes its runs from `getLastRuns`; `getRun` still finds them. */
  resetWorkflow(configuration: Configuration): void
  setConfiguration(configuration: Configuration, status: ConfigurationStatus): void
}

export interface TailerStateOptions {
  /** The clock, in milliseconds since the epoch. */
  now: () => number
  /** Default: `RUN_DURATION_MS`. */
  runDurationMs?: number | undefined
}

interface RememberedRun {
  configuration: string
  executionDay: string
  reset: boolean
  at: (time: number) => Run
}

/** Initially has the run of the documentation's first example. */
export function createTailerState(options: TailerStateOptions): TailerState {
  const { now, runDurationMs = RUN_DURATION_MS } = options
  const runs = new Map<string, RememberedRun>()
  const switchedOff = new Map<string, 'archived' | 'disabled'>()

  function rememberRun(at: (time: number) => Run, executionDate?: string): string {
    const run = at(now())
    remember(runs, run.run_id, {
      configuration: keyOf(run),
      executionDay: dayOf(executionDate ?? run.start_execution_date),
      reset: false,
      at,
    })
    return run.run_id
  }

  rememberRun(() => EXAMPLE_RUN)

  return {
    launch(job) {
      const reason = switchedOff.get(keyOf(job))
      if (reason) throw new ApiError(409, `Configuration ${job.configuration_id} is ${reason}`)
      return rememberRun(startRun(job, now(), runDurationMs), job.execution_date)
    },

    getRun(query) {
      const run = runs.get(query.run_id)?.at(now())
      if (!run || keyOf(run) !== keyOf(query) || run.job_id !== query.job_id) {
        throw new ApiError(404, `Run ${query.run_id} of job ${query.job_id} not found`)
      }
      return run
    },

    getLastRuns(query) {
      const time = now()
      const configuration = keyOf(query)
      const day = query.execution_date && dayOf(query.execution_date)
      return [...runs.values()]
        .filter((run) => run.configuration === configuration && !run.reset)
        .filter((run) => day === undefined || run.executionDay === day)
        .map((run) => run.at(time))
        .filter((run) => query.job_id === undefined || run.job_id === query.job_id)
        .filter((run) => query.status === undefined || run.status === query.status)
        .reverse()
        .slice(0, query.limit)
    },

    resetWorkflow(configuration) {
      const key = keyOf(configuration)
      for (const run of runs.values()) run.reset ||= run.configuration === key
    },

    setConfiguration(configuration, { activated, archived }) {
      const key = keyOf(configuration)
      if (activated && !archived) switchedOff.delete(key)
      else remember(switchedOff, key, archived ? 'archived' : 'disabled')
    },
  }
}

/** Appends a value; over the limit, drops the first one. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key)
  const oldest = map.size < MAX_REMEMBERED ? undefined : map.keys().next().value
  if (oldest !== undefined) map.delete(oldest)
  map.set(key, value)
}

/** Without the type: older callers use `gbq-to-gbq` for `table-to-table`. */
function keyOf({ account, environment, configuration_id: id }: Configuration): string {
  return JSON.stringify([account, environment, id])
}

function dayOf(isoDate: string): string {
  return isoDate.slice(0, 'YYYY-MM-DD'.length)
}
