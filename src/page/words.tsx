import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

/** Owns small pieces of text shared by several parts of the page. */

/** A text with code in backticks. */
export function Words({ text }: { text: string }) {
  return (
    <>{text.split('`').map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part))}</>
  )
}

/** The same, as a sentence. */
export function Sentence({ text }: { text: string }) {
  const [first = ''] = text
  const isCode = first === '`'
  const sentence = isCode ? text : first.toUpperCase() + text.slice(1)
  return <Words text={/[.!?]$/.test(sentence) ? sentence : `${sentence}.`} />
}

const TOLD_MS = 2_000

/** Copies the text, and says so. */
export function CopyButton({ text, children }: { text: string; children: ComponentChildren }) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle')
  const timer = useRef<number>(undefined)
  useEffect(
    () => () => {
      clearTimeout(timer.current)
    },
    [],
  )
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
      setState('copied')
    } catch {
      setState('failed')
    }
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      setState('idle')
    }, TOLD_MS)
  }
  const told = { idle: children, copied: 'Copied', failed: 'Select and copy it' }[state]
  return (
    <button type="button" class="button small" onClick={() => void copy()}>
      <span aria-live="polite">{told}</span>
    </button>
  )
}

/** A command to paste. */
export function Command({ text }: { text: string }) {
  return (
    <div class="command">
      <pre tabIndex={0} role="group" aria-label="Command">
        {text}
      </pre>
      <CopyButton text={text}>Copy</CopyButton>
    </div>
  )
}
