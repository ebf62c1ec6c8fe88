/** Owns what a test asks of a client, and what it then knows: the same for all of them. */

export interface Job {
  /** `http://127.0.0.1:PORT`, or `unix:/path`. */
  readonly origin: string
  /** Jobs of one connection are done one after the other, on it while it lasts. */
  readonly connection: number
  /** Of the POST, which is sent where a GET has just been answered. */
  readonly path: string
  readonly bodyBytes: number
}

/** What the client knows of the response to its POST. */
export interface Seen {
  /** 0: not one byte of a response came. */
  readonly status: number
  /** Of `x-tailer-proxy-error`. */
  readonly code: string | undefined
  readonly retryAfter: string | undefined
  readonly body: string
  /** What it complains of; undefined: it takes the response for whole. */
  readonly complaint: string | undefined
}

export interface Client {
  readonly name: string
  readonly transport: 'tcp' | 'unix'
  /** It was told to send again what got a 502, 503 or 504: only truncated responses count. */
  readonly retriesErrors?: boolean
  /** A response without a length comes when it is whole: nothing else would tell that it is not. */
  readonly waitsForLength?: boolean
  /** What is missing on this machine; undefined: nothing. */
  readonly missing: string | undefined
  readonly run: (jobs: readonly Job[]) => Promise<Seen[]>
}

/** What every connection is opened with. */
export const WARM_PATH = '/warm'

/** Does jobs of one connection in turn, those of different ones at once; keeps the order. */
export async function byConnection(
  jobs: readonly Job[],
  run: (origin: string, jobs: readonly Job[]) => Promise<Seen[]>,
): Promise<Seen[]> {
  const connections = new Map<number, Job[]>()
  for (const job of jobs) {
    connections.set(job.connection, [...(connections.get(job.connection) ?? []), job])
  }
  const seen = new Map<Job, Seen>()
  await Promise.all(
    [...connections.values()].map(async (own) => {
      for (const [i, one] of (await run(own[0]!.origin, own)).entries()) seen.set(own[i]!, one)
    }),
  )
  return jobs.map((job) => seen.get(job)!)
}
