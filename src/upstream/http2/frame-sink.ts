import type { ErrorName } from './error-codes.js'

/**
 * What was read. A DATA frame is told in parts, as they come: `onDataFrame`, `onData` for each part
 * of its content, `onDataFrameEnd`. Ids are those of the frame; zero and parity are checked here,
 * states are not. `bytes` are only lent: they hold until the call returns, but for `onData`'s.
 */
export interface FrameSink {
  /** @param flowLength what it takes from the windows: content and padding, in bytes */
  onDataFrame(streamId: number, flowLength: number): void
  onData(streamId: number, part: Buffer): void
  onDataFrameEnd(streamId: number, endStream: boolean): void
  /** A whole header block: HEADERS with its CONTINUATIONs, without padding and priority. */
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
  /** A frame that is wrong in a way that is its stream's affair alone. */
  onStreamError(streamId: number, code: ErrorName): void
  /** A frame that means nothing to a client: PRIORITY, or of a type that we do not know. */
  onIgnored(): void
}
