import type { MessageDetail } from '../admin/documents.js'
import { formatBytes } from './format.js'
import { layOutJson } from './json-tokens.js'

export interface MessageProps {
  readonly title: string
  readonly message: MessageDetail
  /** Length of the whole body. */
  readonly bytes: number
}

/** Owns a request or a response as text: its headers, and its body, with JSON laid out. */
export function Message({ title, message, bytes }: MessageProps) {
  const { headers, body, truncated } = message
  const encoding = headers.find(([name]) => name.toLowerCase() === 'content-encoding')?.[1]
  return (
    <section class="message" aria-label={title}>
      <h3>{title}</h3>
      {headers.length === 0 ? (
        <p class="aside">No headers.</p>
      ) : (
        <dl class="headers">
          {headers.map(([name, value], at) => (
            <div key={at}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {body === '' ? (
        <p class="aside">No body.</p>
      ) : (
        <pre class="body" tabIndex={0} role="group" aria-label={`${title} body`}>
          <Body text={body} />
        </pre>
      )}
      {encoding !== undefined && (
        <p class="aside">Encoded with {encoding}, shown as on the wire.</p>
      )}
      {truncated && <p class="aside">Truncated: the body has {formatBytes(bytes)}.</p>}
    </section>
  )
}

function Body({ text }: { text: string }) {
  const tokens = layOutJson(text)
  if (tokens === undefined) return <>{text}</>
  return (
    <>
      {tokens.map(({ kind, text: token }, at) =>
        kind === 'space' || kind === 'punctuation' ? (
          token
        ) : (
          <span key={at} class={kind}>
            {token}
          </span>
        ),
      )}
    </>
  )
}
