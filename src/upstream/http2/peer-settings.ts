import { ConnectionError } from './error-codes.js'
import {
  DEFAULT_MAX_FRAME,
  DEFAULT_WINDOW,
  LARGEST_MAX_FRAME,
  MAX_31_BIT,
  SETTING,
} from './frames.js'
import { DEFAULT_TABLE_BYTES } from './static-table.js'

/** Owns what the server asked for with SETTINGS (RFC 9113 §6.5.2). */
export class PeerSettings {
  headerTableBytes = DEFAULT_TABLE_BYTES
  /** The smallest value in the last frame, which must be announced (RFC 7541 §4.2). */
  leastHeaderTableBytes = DEFAULT_TABLE_BYTES
  /** Unlimited by default. */
  maxConcurrentStreams = MAX_31_BIT
  initialWindow = DEFAULT_WINDOW
  maxFrame = DEFAULT_MAX_FRAME

  /**
   * Applies the settings from `start` to `end`, six bytes each; unknown ones are ignored.
   * @throws {ConnectionError} for an invalid value
   */
  update(bytes: Buffer, start: number, end: number): void {
    let leastTableBytes = MAX_31_BIT
    for (let at = start; at < end; at += 6) {
      const value = bytes.readUInt32BE(at + 2)
      switch (bytes.readUInt16BE(at)) {
        case SETTING.HEADER_TABLE_SIZE:
          this.headerTableBytes = value
          leastTableBytes = Math.min(leastTableBytes, value)
          break
        case SETTING.ENABLE_PUSH:
          if (value !== 0) throw new ConnectionError('PROTOCOL_ERROR', 'a server enables push')
          break
        case SETTING.MAX_CONCURRENT_STREAMS:
          this.maxConcurrentStreams = value
          break
        case SETTING.INITIAL_WINDOW_SIZE:
          if (value > MAX_31_BIT) {
            throw new ConnectionError('FLOW_CONTROL_ERROR', 'initial window too large')
          }
          this.initialWindow = value
          break
        case SETTING.MAX_FRAME_SIZE:
          if (value < DEFAULT_MAX_FRAME || value > LARGEST_MAX_FRAME) {
            throw new ConnectionError('PROTOCOL_ERROR', 'frame size out of range')
          }
          this.maxFrame = value
          break
        default:
      }
    }
    this.leastHeaderTableBytes = Math.min(leastTableBytes, this.headerTableBytes)
  }
}
