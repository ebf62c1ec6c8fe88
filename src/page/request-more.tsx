import { useEffect, useState } from 'preact/hooks'
import type { ErrorsDocument, RequestDetail, RequestEntry } from '../admin/documents.js'
import { curlOf } from './curl.js'
import { readDetail } from './feed.js'
import { formatBytes, formatDateTime } from './format.js'
import { Message } from './message.js'
import { explain } from './outcome.js'
import { CopyButton, Sentence, Words } from './words.js'

export interface RequestMoreProps {
  readonly entry: RequestEntry
  readonly errors: ErrorsDocument
  readonly inspect: boolean
  readonly listen: string | null
}

/** Owns the details under a request: why it failed and what to do; with `--inspect`, all of it. */
export function RequestMore({ entry, errors, inspect, listen }: RequestMoreProps) {
  const detail = useDetail(entry, inspect)
  const explanation = explain(entry, errors)
  const { requestId, time, path, bytesUp, bytesDown } = entry
  return (
    <div class="more">
      {explanation !== undefined && (
        <div class="explanation">
          <h3>
            {explanation.whose}
            {entry.code !== null && <code>{entry.code}</code>}
          </h3>
          {explanation.meaning !== undefined && (
            <p>
              <Words text={explanation.meaning} />
            </p>
          )}
          {explanation.remedy !== undefined && (
            <p>
              <b>What to do:</b> <Sentence text={explanation.remedy} />
            </p>
          )}
        </div>
      )}
      <dl class="facts">
        <div>
          <dt>Request id</dt>
          <dd>
            <code>{requestId}</code> <CopyButton text={requestId}>Copy</CopyButton>
          </dd>
        </div>
        <div>
          <dt>Began</dt>
          <dd>{formatDateTime(time)}</dd>
        </div>
        <div>
          <dt>Path</dt>
          <dd>
            <code>{detail?.target ?? path}</code>
          </dd>
        </div>
        <div>
          <dt>Upstream</dt>
          <dd>{sentOf(entry)}</dd>
        </div>
        <div>
          <dt>Bodies</dt>
          <dd>
            {formatBytes(bytesUp)} up, {formatBytes(bytesDown)} down
          </dd>
        </div>
      </dl>
      <Whole {...{ entry, detail, inspect, listen }} />
    </div>
  )
}

interface WholeProps {
  entry: RequestEntry
  detail: RequestDetail | null | undefined
  inspect: boolean
  listen: string | null
}

function Whole({ entry, detail, inspect, listen }: WholeProps) {
  if (!inspect) {
    return (
      <p class="aside">
        To see headers and bodies here, start the proxy with <code>--inspect</code>.
      </p>
    )
  }
  if (detail === undefined) return <p class="aside">Reading…</p>
  if (detail === null) {
    return (
      <p class="aside">Headers and bodies of the last 100 requests are kept; not of this one.</p>
    )
  }
  return (
    <>
      {listen !== null && entry.method !== '' && (
        <p>
          <CopyButton text={curlOf(detail, listen)}>Copy as curl</CopyButton>
        </p>
      )}
      <div class="messages">
        <Message title="Request" message={detail.request} bytes={entry.bytesUp} />
        <Message title="Response" message={detail.response} bytes={entry.bytesDown} />
      </div>
    </>
  )
}

/** Undefined until loaded, null if it is not kept. */
function useDetail(entry: RequestEntry, inspect: boolean): RequestDetail | null | undefined {
  const [detail, setDetail] = useState<RequestDetail | null>()
  useEffect(() => {
    let isWanted = inspect
    if (inspect) {
      void readDetail(entry).then((read) => {
        if (isWanted) setDetail(read ?? null)
      })
    }
    return () => {
      isWanted = false
    }
  }, [entry, inspect])
  return detail
}

function sentOf({ sent, source }: RequestEntry): string {
  if (sent === 0) return 'nothing was sent to it'
  const times =
    sent === 1 ? 'sent once' : 'sent twice: the first provably was not processed, or got a 401'
  return source === 'upstream' ? `${times}; it responded` : `${times}; the proxy responded`
}
