/** The constructor for resizable buffers: TypeScript's library has it from ES2024, Node.js from 20. */
const ArrayBufferWithLimit = ArrayBuffer as new (
  bytes: number,
  options: { maxByteLength: number },
) => ArrayBuffer

/**
 * Returns a block of memory that goes back to the system as soon as it is collected, and of which
 * only the pages written to count. `malloc` keeps blocks of such sizes when they are freed, so that
 * memory would never fall again after a rush. A resizable buffer, though this one is never resized,
 * has a mapping of its own instead.
 */
export function createPagedBlock(bytes: number): Buffer {
  return Buffer.from(new ArrayBufferWithLimit(bytes, { maxByteLength: bytes }), 0, bytes)
}
