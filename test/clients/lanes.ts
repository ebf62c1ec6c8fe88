/** Owns the proxies that a client does its cells through. */
import type { Test } from 'tap'
import { startStage } from '../upstream/start.js'
import type { Cell } from './cells.js'
import type { Client } from './client.js'
import { Play } from './play.js'
import { socketPath } from './start-built-proxy.js'

const KIB = 1024

/**
 * Does a client's cells; one assertion each. Each breaks what it likes, connections included: so
 * they are done in turn, on a few proxies.
 */
export async function checkCells(
  t: Test,
  client: Client,
  cells: readonly Cell[],
  lanes: number,
): Promise<void> {
  if (client.missing !== undefined) {
    t.comment(`without ${client.missing}, which is not installed`)
    return
  }
  const play = new Play()
  const origins = await Promise.all(Array.from({ length: lanes }, () => startLane(t, client, play)))
  const jobs = cells.map((cell, i) => {
    const connection = i % lanes
    const bodyBytes = cell.isUploading ? 300 * KIB : 20
    return { origin: origins[connection]!, connection, path: play.add(client, cell), bodyBytes }
  })
  const seen = await client.run(jobs)
  for (const [i, { title }] of cells.entries()) {
    t.equal(play.violations(jobs[i]!.path, seen[i]!), 'none', title)
  }
}

async function startLane(t: Test, { transport }: Client, play: Play): Promise<string> {
  const flags = transport === 'unix' ? ['--listen', `unix:${socketPath(t)}`] : []
  return (await startStage(t, { flags, ...play.server })).listening
}
