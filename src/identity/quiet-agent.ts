/**
 * Owns connections to token endpoints: a new one for each call, since one that has idled since the
 * last mint may be dead; and none that tells `NODE_DEBUG=http` or `net` what is asked, as Node's
 * agents do with all of a request's options, its URL and bearer among them.
 */
import { Agent as HttpAgent, type ClientRequest } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'

/** What a connection needs to know. */
const NEEDED = ['host', 'hostname', 'port', 'protocol', 'servername', 'family', 'timeout'] as const

type Options = Readonly<Record<string, unknown>>

/** Node's agents have it, although it is not in their documentation. */
type AddRequest = (request: ClientRequest, options: Options) => void

export function createQuietAgent(protocol: string): HttpAgent {
  const agent = protocol === 'http:' ? new HttpAgent() : new HttpsAgent()
  const inner = agent as HttpAgent & { addRequest: AddRequest }
  const addRequest = inner.addRequest.bind(agent)
  inner.addRequest = (request, options) => {
    const needed = NEEDED.filter((name) => options[name] !== undefined)
    addRequest(request, Object.fromEntries(needed.map((name) => [name, options[name]])))
  }
  return agent
}
