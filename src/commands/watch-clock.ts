import type { Log } from '../log/log.js'
import { ClockSkew } from '../upstream/clock-skew.js'

/** Whether this machine's clock agrees with the upstream's, as far as known. */
export interface ClockWatch {
  /** Examines the dates of responses. */
  readonly skew: ClockSkew
  readonly isWrong: boolean
}

/** Owns logging that the clock is wrong: once for each change of state. */
export function watchClock(log: Log): ClockWatch {
  let isWrong = false
  const skew = new ClockSkew((state, byMs) => {
    isWrong = state !== 'right'
    if (state === 'right') {
      log.info({ byMs }, 'the clock agrees with the upstream again')
      return
    }
    const hint = 'set the clock of this machine: the upstream refuses tokens that are dated wrong'
    log.warn(
      { byMs, hint },
      `the clock is ${state === 'ahead' ? 'ahead of' : 'behind'} the upstream`,
    )
  })
  return {
    skew,
    get isWrong() {
      return isWrong
    },
  }
}
