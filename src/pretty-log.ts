import pino from 'pino'
import pretty from 'pino-pretty'
import type { OpenLog } from './log.js'
import { PRETTY_FORMAT } from './pretty-log-format.js'

export interface PrettyLogOptions {
  level: string
  /** Whether stderr shows colours. */
  hasColors: boolean
}

/** Owns the log for people, on stderr: each line is written at once. */
export function createPrettyLog({ level, hasColors }: PrettyLogOptions): OpenLog {
  const translateTime = 'SYS:HH:MM:ss.l'
  const stream = pretty({ destination: 2, sync: true, colorize: hasColors, translateTime })
  const log = pino({ level, base: null, ...PRETTY_FORMAT }, stream)
  const flush = (): Promise<void> => {
    log.level = 'silent'
    return Promise.resolve()
  }
  return { log, flush, writeNow: () => undefined }
}
