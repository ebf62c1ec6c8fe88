import { useMemo, useRef, useState } from 'preact/hooks'
import { exampleCurl } from './curl.js'
import type { Feed, Row } from './feed.js'
import { OUTCOMES, outcomeOf } from './outcome.js'
import { RequestRow } from './request-row.js'
import { Command } from './words.js'

/** What the list can be filtered by. */
const FILTERS = [
  { value: 'all', name: 'All outcomes' },
  { value: 'failed', name: 'All that failed' },
  ...OUTCOMES.map(({ kind, name }) => ({ value: kind, name })),
]

/**
 * Owns the list of requests: filter, pause, clear. Its keys work only while it has the focus, so
 * that they get in nobody's way.
 */
export function Requests({ feed }: { feed: Feed }) {
  const [text, setText] = useState('')
  const [outcome, setOutcome] = useState('all')
  /** The rows when the list was paused; undefined while it runs. */
  const [paused, setPaused] = useState<readonly Row[]>()
  /** Rows up to this one were cleared. */
  const [cleared, setCleared] = useState(-1)
  const [open, setOpen] = useState<number>()
  const list = useRef<HTMLOListElement>(null)
  const filter = useRef<HTMLInputElement>(null)

  const current = paused ?? feed.rows
  const rows = useMemo(
    () => current.filter((row) => row.key > cleared && isShown(row, text, outcome)),
    [current, cleared, text, outcome],
  )
  const newest = feed.rows[0]?.key ?? -1
  const missed = paused === undefined ? 0 : newest - (paused[0]?.key ?? -1)
  const hasUsers = feed.rows.some(({ entry }) => entry.user !== null)

  const togglePause = (): void => {
    setPaused(paused === undefined ? feed.rows : undefined)
  }
  const clear = (): void => {
    setCleared(newest)
    setPaused(undefined)
    setOpen(undefined)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const isTyping = event.target === filter.current
    if (event.key === 'Escape') {
      if (isTyping) setText('')
      else setOpen(undefined)
    } else if (event.key === 'ArrowDown') moveFocus(list.current, 1)
    else if (event.key === 'ArrowUp') moveFocus(list.current, -1)
    else if (isTyping || event.target instanceof HTMLSelectElement) return
    else if (event.key === 'p') togglePause()
    else if (event.key === 'c') clear()
    else if (event.key === '/') filter.current?.focus()
    else return
    if (!(event.target instanceof HTMLSelectElement)) event.preventDefault()
  }

  return (
    <section class="requests" aria-labelledby="requests-title" onKeyDown={onKeyDown}>
      <div class="toolbar">
        <h2 id="requests-title">Requests</h2>
        <input
          ref={filter}
          type="search"
          placeholder="Filter: path, code, status, id"
          aria-label="Filter requests by text"
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value)
          }}
        />
        <select
          aria-label="Filter requests by outcome"
          value={outcome}
          onChange={(event) => {
            setOutcome(event.currentTarget.value)
          }}
        >
          {FILTERS.map(({ value, name }) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
        <button
          type="button"
          class="button"
          aria-pressed={paused !== undefined}
          onClick={togglePause}
        >
          {paused === undefined ? 'Pause' : missed > 0 ? `Resume (${missed} new)` : 'Resume'}
        </button>
        <button type="button" class="button" onClick={clear}>
          Clear
        </button>
        <p class="count">{countOf(rows.length, current.length)}</p>
      </div>
      {rows.length === 0 ? (
        <Nothing feed={feed} hasRows={current.length > 0} isCleared={cleared >= newest} />
      ) : (
        <div class={`table${feed.inspect ? ' inspect' : ''}${hasUsers ? ' users' : ''}`}>
          <div class="columns" aria-hidden="true">
            <span>Time</span>
            <span>Method</span>
            <span>Path</span>
            <span>Status</span>
            <span>Duration</span>
            <span class="up">Up</span>
            <span class="down">Down</span>
            <span class="sent">Sent</span>
            <span class="by">Response from</span>
            {hasUsers && <span class="user">User</span>}
          </div>
          <ol ref={list}>
            {rows.map((row) => (
              <RequestRow
                key={row.key}
                {...{ row, hasUsers, errors: feed.errors, inspect: feed.inspect }}
                listen={feed.status?.listen ?? null}
                isOpen={open === row.key}
                toggle={setOpen}
              />
            ))}
          </ol>
        </div>
      )}
      <p class="keys">
        In the list: <kbd>↑</kbd> <kbd>↓</kbd> move, <kbd>Enter</kbd> opens, <kbd>Esc</kbd> closes,{' '}
        <kbd>/</kbd> filters, <kbd>p</kbd> pauses, <kbd>c</kbd> clears.
      </p>
    </section>
  )
}

interface NothingProps {
  feed: Feed
  /** The filter hides some. */
  hasRows: boolean
  isCleared: boolean
}

/** What to do next when there is nothing to see. */
function Nothing({ feed, hasRows, isCleared }: NothingProps) {
  const listen = feed.status?.listen ?? null
  if (hasRows && !isCleared) {
    return (
      <div class="nothing">
        <p>No request matches the filter.</p>
      </div>
    )
  }
  return (
    <div class="nothing">
      <p>{isCleared && hasRows ? 'Cleared. New requests appear here.' : 'No requests yet.'}</p>
      {listen !== null && !hasRows && (
        <>
          <p>Paste this into a terminal, and watch it appear:</p>
          <Command text={exampleCurl(listen)} />
        </>
      )}
    </div>
  )
}

function countOf(shown: number, all: number): string {
  return shown === all ? `${all}` : `${shown} of ${all}`
}

function isShown({ entry, call }: Row, text: string, outcome: string): boolean {
  const kind = outcomeOf(entry)
  if (outcome === 'failed' ? kind === 'ok' : outcome !== 'all' && kind !== outcome) return false
  const words = text.trim().toLowerCase()
  if (words === '') return true
  const { method, path, status, code, requestId, user, source } = entry
  const fields = [method, path, status, code, requestId, user, source]
  const all = [...fields, call?.action, call?.configurationId].join('\n').toLowerCase()
  return words.split(/\s+/).every((word) => all.includes(word))
}

/** Moves to the next row's button, or to the first. */
function moveFocus(list: HTMLOListElement | null, by: number): void {
  const buttons = [...(list?.querySelectorAll<HTMLButtonElement>('button.row') ?? [])]
  const at = buttons.findIndex((button) => button === document.activeElement)
  const within = buttons.findIndex((button) =>
    button.parentElement?.contains(document.activeElement),
  )
  const next = buttons[at === -1 && within === -1 ? 0 : Math.max(at, within) + by]
  next?.focus()
}
