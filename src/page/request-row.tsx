import { Component } from 'preact'
import type { ErrorsDocument } from '../admin/documents.js'
import type { Row } from './feed.js'
import { formatBytes, formatDuration, formatTime } from './format.js'
import { outcomeOf } from './outcome.js'
import { RequestMore } from './request-more.js'

export interface RequestRowProps {
  readonly row: Row
  readonly hasUsers: boolean
  readonly errors: ErrorsDocument
  readonly inspect: boolean
  readonly listen: string | null
  readonly isOpen: boolean
  readonly toggle: (key: number | undefined) => void
}

/** Owns one request in the list: a line, and the details under it. */
export class RequestRow extends Component<RequestRowProps> {
  /** Called for hundreds of rows ten times a second, and hardly any of them changes. */
  override shouldComponentUpdate(next: RequestRowProps): boolean {
    return (Object.keys(next) as (keyof RequestRowProps)[]).some(
      (name) => next[name] !== this.props[name],
    )
  }

  override render() {
    const { row, hasUsers, errors, inspect, listen, isOpen, toggle } = this.props
    const { entry, call } = row
    const { time, method, path, status, code, durationMs, bytesUp, bytesDown, sent } = entry
    const kind = outcomeOf(entry)
    const byProxy = entry.source === 'proxy'
    return (
      <li class={isOpen ? `${kind} open` : kind}>
        <button
          type="button"
          class="row"
          aria-expanded={isOpen}
          onClick={() => {
            toggle(isOpen ? undefined : row.key)
          }}
        >
          <span class="time">{formatTime(time)}</span>
          <span class="method">{method || '–'}</span>
          <span class="path">
            <span class="target">{path || '–'}</span>
            {call?.action !== undefined && <span class="action">{call.action}</span>}
            {call?.configurationId !== undefined && (
              <span class="configuration">{call.configurationId}</span>
            )}
          </span>
          <span class="status">
            <b>{status}</b> {code !== null && <span class="code">{code}</span>}
          </span>
          <span class="duration">{formatDuration(durationMs)}</span>
          <span class="up">
            <span class="hidden">up </span>
            {formatBytes(bytesUp)}
          </span>
          <span class="down">
            <span class="hidden">down </span>
            {formatBytes(bytesDown)}
          </span>
          <span class="sent">
            <span class="hidden">sent </span>
            {sent}×
          </span>
          <span class="by">{byProxy ? 'proxy' : 'API'}</span>
          {hasUsers && <span class="user">{entry.user ?? '–'}</span>}
        </button>
        {isOpen && <RequestMore {...{ entry, errors, inspect, listen }} />}
      </li>
    )
  }
}
