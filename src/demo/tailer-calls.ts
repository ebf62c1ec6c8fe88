/** Owns the documented calls: the actions of each path, their fields and their responses. */
import { ApiError } from './api-error.js'
import { type Fields, readFields } from './read-fields.js'
import type { Configuration } from './run.js'
import type { TailerState } from './tailer-state.js'

type Action = (fields: Fields, state: TailerState) => object

const CALLS: ReadonlyMap<string, ReadonlyMap<string, Action>> = new Map([
  [
    '/v1/dag/launch',
    actions({
      launch_job: (fields, state) => ({
        run_id: state.launch({
          ...readConfiguration(fields),
          job_id: fields.optionalText('job_id'),
          execution_date: fields.optionalText('execution_date'),
        }),
      }),
    }),
  ],
  [
    '/v1/dag/status',
    actions({
      check_run_status: (fields, state) => ({
        results: [
          state.getRun({
            ...readConfiguration(fields),
            job_id: fields.text('job_id'),
            run_id: fields.text('run_id'),
          }),
        ],
      }),
      get_last_status: (fields, state) => ({
        results: state.getLastRuns({
          ...readConfiguration(fields),
          job_id: fields.optionalText('job_id'),
          execution_date: fields.optionalText('execution_date'),
          status: fields.optionalText('status'),
          limit: fields.optionalCount('limit'),
        }),
      }),
    }),
  ],
  [
    '/v1/workflow/status',
    actions({
      reset_workflow_status: (fields, state) => {
        state.resetWorkflow(readConfiguration(fields))
        return { code: 200, data: {}, message: 'ok' }
      },
    }),
  ],
  [
    '/v1/configuration/status',
    actions({
      set_configuration_status: (fields, state) => {
        state.setConfiguration(readConfiguration(fields), {
          activated: fields.flag('activated'),
          archived: fields.flag('archived'),
        })
        return { message: 'ok' }
      },
    }),
  ],
])

/** One of the API's paths: takes a body and returns the JSON of the 200, or throws an `ApiError`. */
export type TailerCall = (body: Buffer, state: TailerState) => object

/** The call for a path; undefined if the API has none. */
export function findCall(path: string): TailerCall | undefined {
  const known = CALLS.get(path)
  if (!known) return undefined
  return (body, state) => {
    const fields = readFields(body)
    const act = known.get(fields.text('action'))
    if (!act) throw new ApiError(400, `action must be ${[...known.keys()].join(' or ')}`)
    return act(fields, state)
  }
}

function actions(byName: Record<string, Action>): ReadonlyMap<string, Action> {
  return new Map(Object.entries(byName))
}

function readConfiguration(fields: Fields): Configuration {
  return {
    account: fields.text('account'),
    environment: fields.text('environment'),
    configuration_type: fields.text('configuration_type'),
    configuration_id: fields.text('configuration_id'),
  }
}
