/** Owns Node's own clients: `fetch`, and `http.request` over an agent that keeps connections. */
import { Agent, type IncomingMessage, request, type RequestOptions } from 'node:http'
import { byConnection, type Client, type Job, type Seen, WARM_PATH } from './client.js'

const NO_BYTE = { status: 0, code: undefined, retryAfter: undefined, body: '' }

const fetching: Client = {
  name: "Node's fetch",
  transport: 'tcp',
  missing: undefined,
  run: (jobs) =>
    byConnection(jobs, async (origin, own) => {
      const seen: Seen[] = []
      for (const job of own) {
        await (await fetch(`${origin}${WARM_PATH}`)).text()
        seen.push(await fetchOne(job))
      }
      return seen
    }),
}

async function fetchOne({ origin, path, bodyBytes }: Job): Promise<Seen> {
  let response: Response
  try {
    response = await fetch(`${origin}${path}`, { method: 'POST', body: Buffer.alloc(bodyBytes) })
  } catch (error) {
    return { ...NO_BYTE, complaint: complaintOf(error) }
  }
  const head = {
    status: response.status,
    code: response.headers.get('x-tailer-proxy-error') ?? undefined,
    retryAfter: response.headers.get('retry-after') ?? undefined,
  }
  try {
    return { ...head, body: await response.text(), complaint: undefined }
  } catch (error) {
    return { ...head, body: '', complaint: complaintOf(error) }
  }
}

/**
 * Sends again what met the end of a kept connection, as Node's documentation of
 * `request.reusedSocket` has it.
 */
function createAgentClient(name: string, transport: Client['transport']): Client {
  return {
    name,
    transport,
    missing: undefined,
    run: (jobs) =>
      byConnection(jobs, async (origin, own) => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 })
        const seen: Seen[] = []
        for (const job of own) {
          await send(agent, origin, 'GET', WARM_PATH, 0)
          seen.push(await send(agent, origin, 'POST', job.path, job.bodyBytes))
        }
        agent.destroy()
        return seen
      }),
  }
}

function send(
  agent: Agent,
  origin: string,
  method: string,
  path: string,
  bodyBytes: number,
): Promise<Seen> {
  const to: RequestOptions = origin.startsWith('unix:')
    ? { socketPath: origin.slice('unix:'.length), host: 'localhost' }
    : { host: '127.0.0.1', port: new URL(origin).port }
  return new Promise((resolve) => {
    let response: IncomingMessage | undefined
    const sent = request({ ...to, agent, method, path }, (came) => {
      response = came
      let body = ''
      came.setEncoding('latin1').on('data', (text: string) => (body += text))
      const tell = (complaint: string | undefined): void => {
        const { statusCode = 0, headers } = came
        resolve({
          status: statusCode,
          code: headers['x-tailer-proxy-error'] as string | undefined,
          retryAfter: headers['retry-after'],
          body,
          complaint,
        })
      }
      came.on('end', () => {
        tell(undefined)
      })
      came.on('error', (error) => {
        tell(complaintOf(error))
      })
    })
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (response !== undefined) return
      if (sent.reusedSocket && error.code === 'ECONNRESET') {
        send(agent, origin, method, path, bodyBytes).then(resolve, () => undefined)
      } else resolve({ ...NO_BYTE, complaint: complaintOf(error) })
    })
    sent.end(bodyBytes === 0 ? undefined : Buffer.alloc(bodyBytes))
  })
}

function complaintOf(error: unknown): string {
  const { message, code, cause } = error as NodeJS.ErrnoException & { cause?: Error }
  return [code, message, cause?.message].filter(Boolean).join(': ')
}

export const NODES: readonly Client[] = [
  fetching,
  createAgentClient('http.Agent of Node', 'tcp'),
  createAgentClient('http.Agent of Node on a unix socket', 'unix'),
]
