/** Owns a listener of `/events`, which keeps what it is told. */
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { once } from 'node:events'
import type { Test } from 'tap'

export interface EventReader {
  readonly response: IncomingMessage
  /** All so far, by their names. */
  readonly told: (name: string) => Record<string, unknown>[]
  /** Resolves once one of that name passes the test. */
  readonly until: (
    name: string,
    isIt: (document: Record<string, unknown>) => boolean,
  ) => Promise<Record<string, unknown>>
  /** When each piece of the stream came, in monotonic milliseconds. */
  readonly arrivals: number[]
  readonly request: ClientRequest
}

/** Gone at the end of the test. */
export async function listenTo(
  t: Pick<Test, 'teardown'>,
  admin: string,
  headers: Record<string, string> = {},
): Promise<EventReader> {
  const asked = request(`${admin}/events`, { agent: false, headers }).end()
  asked.on('error', () => undefined)
  t.teardown(() => asked.destroy())
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const events: { name: string; document: Record<string, unknown> }[] = []
  const arrivals: number[] = []
  let rest = ''
  response.on('error', () => undefined)
  response.setEncoding('utf8').on('data', (text: string) => {
    arrivals.push(performance.now())
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const [, name = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? []
      if (name !== '') events.push({ name, document: JSON.parse(data) as Record<string, unknown> })
    }
    response.emit('told')
  })
  const told = (name: string) =>
    events.filter((event) => event.name === name).map(({ document }) => document)
  return {
    response,
    told,
    arrivals,
    request: asked,
    async until(name, isIt) {
      for (;;) {
        const found = told(name).find(isIt)
        if (found !== undefined) return found
        await once(response, 'told')
      }
    },
  }
}
