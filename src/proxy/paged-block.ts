/** Of a resizable buffer; TypeScript's library has it from ES2024 on, Node.js from 20 on. */
const ArrayBufferWithLimit = ArrayBuffer as new (
  bytes: number,
  options: { maxByteLength: number },
) => ArrayBuffer

/**
 * Gives a block of memory that goes back to the system as soon as it is collected, and of which only
 * those pages count that were written to. What `malloc` gives out in such sizes, it keeps for later
 * when it is freed: memory never falls again after a rush. A buffer that could be resized, which this
 * one never is, is mapped on its own instead.
 */
export function createPagedBlock(bytes: number): Buffer {
  return Buffer.from(new ArrayBufferWithLimit(bytes, { maxByteLength: bytes }), 0, bytes)
}
