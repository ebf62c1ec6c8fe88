import t from 'tap'
import { fieldOf, request } from './raw-client.js'
import { startStage } from './start.js'

t.test('a response over a limit of ours is not called invalid HTTP/2', async (t) => {
  const { listening, logged } = await startStage(t, {
    onRequest: (stream) => {
      if (stream.path === '/long') {
        stream.headers(200, [['x-long', 'l'.repeat(70_000)]], { frames: 9, end: true })
      } else for (let i = 0; i < 40; i++) stream.headers(102)
    },
  })
  for (const [path, limit] of [
    ['/long', '64 KiB of header fields'],
    ['/interim', '32 interim responses'],
  ] as const) {
    const answer = await request(listening, { path })
    t.equal(answer.status, 502)
    t.equal(fieldOf(answer, 'x-tailer-proxy-error'), 'UPSTREAM_PROTOCOL')
    const { detail } = JSON.parse(answer.body.toString()) as { detail: string }
    t.match(detail, limit)
    t.match(detail, "this proxy's limit")
    t.notMatch(detail, 'not valid')
  }
  const reasons = logged.filter(({ msg }) => msg === 'request').map(({ reason }) => reason)
  t.match(reasons, [/64 KiB/, /32 interim/])
})
