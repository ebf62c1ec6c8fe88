/** Owns a server that has nothing but events. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import type { Events } from '../../src/admin/events.js'

/** Gone at the end of the test; `responses` are those of all listeners so far. */
export async function serveEvents(
  t: Pick<Test, 'teardown'>,
  events: Events,
): Promise<{ port: number; responses: ServerResponse[] }> {
  const responses: ServerResponse[] = []
  const server = createServer((_request, response) => {
    responses.push(response)
    events.add(response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, responses }
}
