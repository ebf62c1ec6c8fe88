/** Owns how times, durations and sizes are written for people. */

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' })
const DATE_AND_TIME = new Intl.DateTimeFormat(undefined, {
  dateStyle: 'medium',
  timeStyle: 'short',
  hourCycle: 'h23',
})

/** `14:03:11`, from an ISO time or milliseconds since the epoch. */
export function formatTime(time: string | number): string {
  return TIME.format(new Date(time))
}

/** With the date, for what may be long ago. */
export function formatDateTime(time: string | number): string {
  return DATE_AND_TIME.format(new Date(time))
}

/** `0.4 ms`, `12 ms`, `3.2 s`, `4 min 10 s` */
export function formatDuration(ms: number): string {
  if (ms < 10) return `${trim(ms, 1)} ms`
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${trim(ms / 1_000, ms < 10_000 ? 2 : 1)} s`
  return formatSpan(ms / 1_000)
}

/** The two largest units of a span: `54 min 3 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatSpan(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ]
  const first = parts.findIndex(([count]) => count > 0)
  if (first === -1) return '0 s'
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ')
}

/** `312 B`, `4.2 KiB`, `1.5 MiB` */
export function formatBytes(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`
  const units = ['KiB', 'MiB', 'GiB', 'TiB']
  let size = bytes / 1_024
  let unit = 0
  while (size >= 1_000 && unit < units.length - 1) {
    size /= 1_024
    unit++
  }
  return `${trim(size, size < 100 ? 1 : 0)} ${units[unit] ?? ''}`
}

/** `0`, `0.4`, `12` */
export function formatRate(perSecond: number): string {
  return perSecond >= 10 ? `${Math.round(perSecond)}` : trim(perSecond, 1)
}

function trim(value: number, digits: number): string {
  return `${Number(value.toFixed(digits))}`
}
