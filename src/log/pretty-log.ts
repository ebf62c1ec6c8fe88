import pino from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { LineSink } from './line-sink.js'
import type { Log } from './log.js'
import { PRETTY_FORMAT } from './pretty-log-format.js'

export interface PrettyLogOptions {
  level: string
  /** Whether stderr shows colours. */
  hasColors: boolean
}

/** Owns the log for people. */
export function createPrettyLog({ level, hasColors }: PrettyLogOptions, sink: LineSink): Log {
  const print = prettyFactory({ colorize: hasColors, translateTime: 'SYS:HH:MM:ss.l' })
  const write = (line: string): void => {
    sink.write(print(line))
  }
  return pino({ level, base: null, ...PRETTY_FORMAT }, { write })
}
