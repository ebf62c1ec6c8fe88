/** Owns clients that are programs of other users of this machine, which only root can start. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readMachineAccounts } from '../../src/access/users/read-machine.js'

/** What a program of another user does with its connections. */
export interface Talk {
  readonly port: number
  /** Default: 127.0.0.1. */
  readonly host?: string
  /** Sent on each connection, one after the other's `connect`. `%` becomes the connection's number. */
  readonly bytes: string
  /** Default: 1. */
  readonly connections?: number
  /** At once. Default: all. */
  readonly atOnce?: number
  readonly localPort?: number
  /** Ends each with a reset once something came. */
  readonly resets?: boolean
}

/** Says what came on each connection until it was closed. */
const PROGRAM = `
const { connect } = require('node:net')
const talk = JSON.parse(process.argv[1])
const { port, host = '127.0.0.1', bytes, connections = 1, localPort, resets } = talk
const one = (number) => new Promise((resolve) => {
  const socket = connect({ port, host, ...(localPort && { localPort }) })
  let text = ''
  socket.on('connect', () => socket.write(bytes.replaceAll('%', number), 'latin1'))
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
    if (resets) socket.resetAndDestroy()
  })
  socket.on('error', (error) => { text += error.code })
  socket.on('close', () => resolve(text))
})
const texts = []
let next = 0
const worker = async () => { while (next < connections) { const at = next++; texts[at] = await one(at) } }
const workers = Array.from({ length: Math.min(talk.atOnce ?? connections, connections) }, worker)
Promise.all(workers).then(() => process.stdout.write(JSON.stringify(texts)))
`

const accounts = readMachineAccounts()

/** Users to be, by name; and why there are none. */
export function otherUsers(): { users: readonly string[]; missing: string | undefined } {
  const none = (missing: string) => ({ users: [], missing })
  if (process.platform !== 'linux') return none('the kernel of Linux is missing')
  if (process.getuid?.() !== 0) return none('the right to start programs of others is missing')
  const users = ['daemon', 'nobody', 'bin'].filter((name) => accounts.uidOf(name) !== undefined)
  if (users.length < 3) return none('the users daemon, nobody and bin are missing')
  const { status } = spawnSync(process.execPath, ['-e', '0'], identityOf('nobody'))
  if (status !== 0) return none(`for other users, ${process.execPath} is missing`)
  return { users, missing: undefined }
}

export async function talkAs(user: string, talk: Talk): Promise<string[]> {
  const child = spawn(process.execPath, ['-e', PROGRAM, JSON.stringify(talk)], {
    ...identityOf(user),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`the client of ${user} ended with ${code}`)
  return JSON.parse(output) as string[]
}

function identityOf(user: string): {
  uid: number
  gid: number
  cwd: string
  env: NodeJS.ProcessEnv
} {
  const uid = accounts.uidOf(user)
  if (uid === undefined) throw new Error(`there is no user ${user}`)
  return { uid, gid: uid, cwd: '/', env: {} }
}
