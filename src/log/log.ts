import pino, { type Logger } from 'pino'
import type { Failure } from '../failure.js'
import { GCP_FORMAT } from './gcp-log-format.js'
import type { LineSink } from './line-sink.js'

/** Owns the log: JSON lines on stderr. `createPrettyLog` is for people. */
export type Log = Logger

export interface LogOptions {
  level: string
  format: 'json' | 'gcp'
}

export function createLog({ level, format }: LogOptions, sink: LineSink): Log {
  return pino({ level, base: null, ...(format === 'gcp' && GCP_FORMAT) }, sink)
}

/** Writes one fatal line at once, whatever the log level: the last of a process. */
export function writeFatal(
  format: 'json' | 'gcp',
  { exitCode, what, where, hint, stack }: Failure,
  sink: LineSink,
): void {
  const options = { level: 'fatal', base: null, ...(format === 'gcp' && GCP_FORMAT) }
  pino(options, sink).fatal({ exitCode, where, hint, stack }, what)
  sink.pass()
}
