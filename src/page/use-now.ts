import { useEffect, useState } from 'preact/hooks'

/** Monotonic milliseconds, updated once a second while the page is visible. */
export function useNow(): number {
  const [now, setNow] = useState(performance.now())
  useEffect(() => {
    const look = (): void => {
      if (!document.hidden) setNow(performance.now())
    }
    const timer = setInterval(look, 1_000)
    document.addEventListener('visibilitychange', look)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [])
  return now
}
