import { useEffect, useMemo, useState } from 'preact/hooks'
import { type Feed, FeedReader } from './feed.js'
import { Cards, Masthead } from './head.js'
import { type Problem, problemsOf } from './health.js'
import { Plots } from './plots.js'
import { Requests } from './requests.js'
import { Sentence, Words } from './words.js'

/** Owns the page as a whole. */
export function App() {
  const [feed, setFeed] = useState<Feed>()
  useEffect(() => {
    new FeedReader(setFeed).start()
  }, [])
  const problems = useMemo(() => (feed === undefined ? [] : problemsOf(feed)), [feed])
  const short = problems[0]?.short ?? 'Ready'
  useEffect(() => {
    if (feed?.status !== undefined) document.title = `${short} · tailer-proxy`
  }, [short, feed?.status === undefined])
  if (feed === undefined) return null
  return (
    <>
      <Masthead {...{ feed, problems }} />
      <main class={feed.lostAtMs === undefined ? '' : 'lost'}>
        <Problems problems={problems} />
        <Cards feed={feed} />
        <Plots history={feed.history} uptimeSeconds={feed.status?.uptimeSeconds ?? 0} />
        <Requests feed={feed} />
      </main>
    </>
  )
}

function Problems({ problems }: { problems: readonly Problem[] }) {
  return (
    <div role="alert">
      {problems.map(({ tone, title, meaning, remedy, reason }) => (
        <section key={title} class={`problem ${tone}`}>
          <h2>{title}</h2>
          {meaning !== undefined && (
            <p>
              <Words text={meaning} />
            </p>
          )}
          {reason !== undefined && <p class="reason">{reason}</p>}
          {remedy !== undefined && (
            <p>
              <b>What to do:</b> <Sentence text={remedy} />
            </p>
          )}
        </section>
      ))}
    </div>
  )
}
