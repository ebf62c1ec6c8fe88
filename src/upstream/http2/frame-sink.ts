import type { ErrorName } from './error-codes.js'

/**
 * Receives what was read. A DATA frame comes in parts, as they arrive: `onDataFrame`, `onData` for
 * each part of its content, `onDataFrameEnd`. Ids are the frame's; zero and parity have been
 * checked, states have not. `bytes` are valid only until the call returns, except for `onData`'s.
 */
export interface FrameSink {
  /** @param flowLength what it takes from the windows: content and padding, in bytes */
  onDataFrame(streamId: number, flowLength: number): void
  onData(streamId: number, part: Buffer): void
  onDataFrameEnd(streamId: number, endStream: boolean): void
  /** A complete header block: HEADERS with its CONTINUATIONs, without padding and priority. */
  onHeaderBlock(
    streamId: number,
    bytes: Buffer,
    start: number,
    end: number,
    endStream: boolean,
  ): void
  onReset(streamId: number, code: number): void
  onSettings(bytes: Buffer, start: number, end: number): void
  onSettingsAck(): void
  onPing(bytes: Buffer, start: number): void
  onPingAck(): void
  onGoaway(lastStreamId: number, code: number): void
  onWindowUpdate(streamId: number, increment: number): void
  /** A stream error: a frame whose fault concerns its stream alone. */
  onStreamError(streamId: number, code: ErrorName): void
  /** A frame that means nothing to a client: PRIORITY, or one of an unknown type. */
  onIgnored(): void
}
