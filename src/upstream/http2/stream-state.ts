/**
 * Owns where a stream can stand, and how it moves (RFC 9113 §5.1), for a client to whom nothing is
 * pushed:
 *
 *                          idle
 *                           │ HEADERS sent
 *                           ▼
 *        ┌─────────────── open ───────────────┐
 *        │ END_STREAM sent                    │ END_STREAM received
 *        ▼                                    ▼
 *   half-closed (local)             half-closed (remote)
 *        │ END_STREAM received                │ RST_STREAM sent at once: nobody waits for
 *        ▼                                    ▼ what of the request has not left
 *        └───────────────► complete ◄─────────┘
 *
 * From any of them it is closed at once, by us:
 *     cancelled   the request was given up: RST_STREAM CANCEL sent
 *     violated    the server broke a rule of the stream: RST_STREAM sent
 * by the server:
 *     reset       RST_STREAM received
 *     refused     RST_STREAM REFUSED_STREAM received ahead of a response: not processed
 *     disowned    GOAWAY received, with a last stream below it: not processed
 * or by neither:
 *     lost        the connection is over, and the request may have been processed
 *     unsent      the connection is over, and the request has not left
 */
export type StreamState = 'idle' | 'open' | 'half-closed (local)' | 'half-closed (remote)' | Closed

export type Closed =
  'complete' | 'cancelled' | 'violated' | 'reset' | 'refused' | 'disowned' | 'lost' | 'unsent'

export function isClosed(state: StreamState): state is Closed {
  switch (state) {
    case 'idle':
    case 'open':
    case 'half-closed (local)':
    case 'half-closed (remote)':
      return false
    default:
      return true
  }
}

/** END_STREAM is sent, with HEADERS or later. */
export function afterSendingEnd(state: StreamState): StreamState {
  return state === 'open' || state === 'idle' ? 'half-closed (local)' : state
}

/** END_STREAM came. */
export function afterReceivingEnd(state: StreamState): StreamState {
  if (state === 'half-closed (local)') return 'complete'
  return state === 'open' ? 'half-closed (remote)' : state
}
