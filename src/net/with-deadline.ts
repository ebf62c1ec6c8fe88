/**
 * Owns work with a deadline: its signal aborts after `timeoutMs`, and no timer outlives the work.
 * Done by hand, since Node 20 can lose an `AbortSignal.timeout` to the garbage collector.
 */
export async function withDeadline<T>(
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController()
  const timer = setTimeout(() => {
    deadline.abort()
  }, timeoutMs)
  try {
    return await work(deadline.signal)
  } finally {
    clearTimeout(timer)
  }
}
