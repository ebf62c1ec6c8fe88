/** Owns the programs of this machine that tests run: whether they are there, and what they print. */
import { type ChildProcess, spawnSync } from 'node:child_process'
import { once } from 'node:events'

export function isInstalled(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0
}

/** Its stdout, when it has ended. */
export async function outputOf(child: ChildProcess): Promise<string> {
  const chunks: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(child, 'close')
  return Buffer.concat(chunks).toString('utf8')
}
