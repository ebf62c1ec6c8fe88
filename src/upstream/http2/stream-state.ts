/**
 * Owns the states of a stream, and its transitions (RFC 9113 §5.1), for a client that accepts no
 * push:
 *
 *                          idle
 *                           │ HEADERS sent
 *                           ▼
 *        ┌─────────────── open ───────────────┐
 *        │ END_STREAM sent                    │ END_STREAM received
 *        ▼                                    ▼
 *   half-closed (local)             half-closed (remote)
 *        │ END_STREAM received                │ RST_STREAM sent at once: nobody needs
 *        ▼                                    ▼ the rest of the request
 *        └───────────────► complete ◄─────────┘
 *
 * From any of them it is closed at once. By us:
 *     cancelled   the request was given up: RST_STREAM CANCEL sent
 *     violated    the server broke a rule of the stream: RST_STREAM sent
 * By the server:
 *     reset       RST_STREAM received
 *     refused     RST_STREAM REFUSED_STREAM received before a response: not processed
 *     disowned    GOAWAY received with a lower last stream id: not processed
 * By neither:
 *     lost        the connection is over, and the request may have been processed
 *     unsent      the connection is over, and the request was not sent
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

/** END_STREAM was sent, with HEADERS or later. */
export function afterSendingEnd(state: StreamState): StreamState {
  return state === 'open' || state === 'idle' ? 'half-closed (local)' : state
}

/** END_STREAM arrived. */
export function afterReceivingEnd(state: StreamState): StreamState {
  if (state === 'half-closed (local)') return 'complete'
  return state === 'open' ? 'half-closed (remote)' : state
}
