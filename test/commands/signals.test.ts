import t from 'tap'
import { Signals } from '../../src/commands/signals.js'

t.test('signals that came before anybody waited are not lost, nor their order', async (t) => {
  const signals = new Signals(['SIGWINCH', 'SIGCONT'])
  t.teardown(() => {
    signals.stop()
  })
  process.emit('SIGWINCH', 'SIGWINCH')
  process.emit('SIGCONT', 'SIGCONT')
  t.equal(await signals.next(), 'SIGWINCH')
  t.equal(await signals.next(), 'SIGCONT')
})

t.test('who waits last gets the next signal', async (t) => {
  const signals = new Signals(['SIGWINCH'])
  t.teardown(() => {
    signals.stop()
  })
  let first: unknown = undefined
  void signals.next().then((signal) => (first = signal))
  const second = signals.next()
  process.emit('SIGWINCH', 'SIGWINCH')
  t.equal(await second, 'SIGWINCH')
  t.equal(first, undefined)
})

t.test('once stopped it listens no more', (t) => {
  const before = process.listenerCount('SIGWINCH')
  const signals = new Signals(['SIGWINCH'])
  t.equal(process.listenerCount('SIGWINCH'), before + 1)
  signals.stop()
  t.equal(process.listenerCount('SIGWINCH'), before)
  t.end()
})
