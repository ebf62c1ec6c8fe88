import { useEffect, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'

/** One line of a plot, or one layer of a stack. */
export interface Series {
  readonly name: string
  /** A custom property of the style sheet: `--ok`. */
  readonly color: string
  readonly values: readonly (number | null)[]
}

export interface PlotProps {
  readonly title: string
  /** Describes the whole plot to those who cannot see it. */
  readonly summary: string
  /** Unix times, in seconds. */
  readonly times: readonly number[]
  readonly series: readonly Series[]
  /** Stacked layers rather than lines. */
  readonly isStacked?: boolean
  /** The least that the axis ends at. */
  readonly least: number
  /** For the legend; the axis has only numbers. */
  readonly format: (value: number) => string
  /** Shown instead of an empty plot. */
  readonly empty: string
}

const HEIGHT = 132
/** All plots show the same moment under the pointer. */
const SYNC = uPlot.sync('page')

/** Owns one plot over time, with its legend, which shows the values under the pointer. */
export function Plot(props: PlotProps) {
  const { title, summary, times, series, format, empty } = props
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const [pointed, setPointed] = useState<number | null>(null)
  const names = series.map(({ name }) => name).join()
  const isEmpty = series.every(({ values }) => values.every((value) => !value))
  const colors = useColorScheme()

  useEffect(() => {
    const element = frame.current
    if (element === null) return undefined
    const made = new uPlot(
      optionsOf(props, element.clientWidth, setPointed),
      dataOf(props),
      element,
    )
    plot.current = made
    const observer = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height: HEIGHT })
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
    }
    // Recreated only if series or colours change; numbers are set below.
  }, [names, colors])

  useEffect(() => {
    plot.current?.setData(dataOf(props))
  }, [times, series])

  // The last step is not complete.
  const shown = Math.min(pointed ?? times.length - 2, times.length - 1)
  return (
    <figure class="plot">
      <figcaption>
        <h3>{title}</h3>
        <span class="at">{pointed !== null && timeOf(times[shown])}</span>
      </figcaption>
      <div class={isEmpty ? 'frame empty' : 'frame'} role="img" aria-label={`${title}: ${summary}`}>
        <div ref={frame} />
        {isEmpty && <p>{empty}</p>}
      </div>
      <ul class="legend">
        {series.map(({ name, color, values }) => (
          <li key={name}>
            <span class="swatch" style={{ background: `var(${color})` }} aria-hidden="true" />
            {name} <b>{valueOf(values[shown], format)}</b>
          </li>
        ))}
      </ul>
    </figure>
  )
}

function valueOf(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '–' : format(value)
}

function timeOf(seconds: number | undefined): string {
  return seconds === undefined ? '' : new Date(seconds * 1_000).toLocaleTimeString()
}

function dataOf({ times, series, isStacked = false }: PlotProps): uPlot.AlignedData {
  if (!isStacked) return [times, ...series.map(({ values }) => values)] as uPlot.AlignedData
  // The whole stack is drawn first, then each smaller one over it; the last step needs an end, too.
  const [second = 0] = times.slice(1)
  const ends = [...times, (times.at(-1) ?? 0) + second - (times[0] ?? 0)]
  const sums: number[][] = []
  for (const { values } of series) {
    const below = sums.at(-1)
    sums.push(values.map((value, at) => (value ?? 0) + (below?.[at] ?? 0)))
  }
  return [ends, ...sums.reverse().map((sum) => [...sum, sum.at(-1) ?? 0])]
}

function optionsOf(
  { series, isStacked = false, least }: PlotProps,
  width: number,
  point: (index: number | null) => void,
): uPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const colorOf = (name: string): string => style.getPropertyValue(name).trim()
  const axis = {
    stroke: colorOf('--muted'),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: colorOf('--line'), width: 1 },
    ticks: { show: false },
  }
  const lines = series.map(({ name, color }): uPlot.Series => {
    const stroke = colorOf(color)
    if (!isStacked) {
      return { label: name, stroke, width: 1.5, spanGaps: true, points: { size: 4, fill: stroke } }
    }
    const { stepped } = uPlot.paths
    const paths = stepped?.({ align: 1 })
    return { label: name, fill: stroke, width: 0, points: { show: false }, ...(paths && { paths }) }
  })
  return {
    width,
    height: HEIGHT,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: {
      sync: { key: SYNC.key },
      drag: { x: false, y: false },
      y: false,
      points: { show: !isStacked, size: 6 },
    },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(least, high * 1.1)] } },
    axes: [
      { ...axis, space: 64, size: 24, values: '{HH}:{mm}' },
      { ...axis, space: 26, size: 40 },
    ],
    series: [{}, ...(isStacked ? lines.reverse() : lines)],
    hooks: {
      setCursor: [
        ({ cursor }) => {
          point(cursor.idx ?? null)
        },
      ],
    },
  }
}

/** Changes with the colour scheme. */
function useColorScheme(): boolean {
  const query = '(prefers-color-scheme: dark)'
  const [isDark, setDark] = useState(matchMedia(query).matches)
  useEffect(() => {
    const media = matchMedia(query)
    const look = (): void => {
      setDark(media.matches)
    }
    media.addEventListener('change', look)
    return () => {
      media.removeEventListener('change', look)
    }
  }, [])
  return isDark
}
