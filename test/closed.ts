import type { Socket } from 'node:net'

/** Resolves when it is closed, in whatever way: `once` rejects where a reset comes before. */
export function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => {
    if (socket.closed) resolve(undefined)
    else socket.once('close', resolve)
  })
}
