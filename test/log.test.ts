import t from 'tap'
import { createLog } from '../src/log.js'

t.test('what is told after the end is no error', async (t) => {
  const opened = createLog({
    level: 'fatal',
    format: 'json',
    isTerminal: false,
    hasColors: false,
  })
  await opened.flush()
  t.doesNotThrow(() => {
    opened.log.fatal('too late')
  })
})
