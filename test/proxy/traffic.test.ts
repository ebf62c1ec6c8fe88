import t from 'tap'
import { Traffic } from '../../src/proxy/traffic.js'
import { outcome } from '../admin/outcome.js'

t.test('a token of ours that a client puts in a path is told to nobody', (t) => {
  const told: string[] = []
  const ids: string[] = []
  const traffic = new Traffic([
    {
      onOutcome({ path, requestId }) {
        told.push(path)
        ids.push(requestId)
      },
      onReplay: () => undefined,
    },
  ])
  const tell = (path: string): string | undefined => {
    traffic.refuse(outcome({ path }))
    return told.at(-1)
  }
  t.equal(tell('/v1/first-token/a'), '/v1/first-token/a')
  for (const token of ['first-token', 'second-token', 'second-token']) traffic.conceal(token)
  t.equal(tell('/v1/first-token/first-token'), '/v1/[redacted]/[redacted]')
  t.equal(tell('/second-token'), '/[redacted]')
  t.equal(tell('/second-toke'), '/second-toke')
  t.equal(tell('/first-token/second-token'), '/[redacted]/[redacted]')
  traffic.refuse(outcome({ requestId: 'second-token' }))
  t.equal(ids.at(-1), '[redacted]')
  t.end()
})
