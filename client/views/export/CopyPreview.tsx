import { type ReactElement, type RefObject, useEffect, useState } from 'react'
import { type Chosen, type Format, type Preview, previewOf, type Source } from '../../store/download.ts'
import controls from '../../styles/controls.module.css'
import { useTaking } from '../shell/steady.ts'
import { useLateWords } from '../versions/late.ts'
import styles from './CopyPreview.module.css'

interface CopyPreviewProps {
  source: Source
  format: Format
  chosen: Chosen
  /** The preview page, for printing. */
  page: RefObject<HTMLIFrameElement | null>
}

/** The current contents of the file. */
export function CopyPreview({ source, format, chosen, page }: CopyPreviewProps): ReactElement {
  const late = useLateWords()
  const [preview, setPreview] = useState<Preview | null>(null)
  const [status, setStatus] = useState<'making' | 'made' | 'failed'>('making')
  const taking = useTaking(status === 'making')
  useEffect(() => {
    let old = false
    setStatus('making')
    previewOf(source, format, chosen).then(
      (made) => {
        if (old) return
        setPreview(made)
        setStatus('made')
      },
      () => {
        if (!old) setStatus('failed')
      },
    )
    return () => {
      old = true
    }
  }, [source, format, chosen])

  return (
    <section className={styles.preview} data-format={format} aria-labelledby="copy-preview">
      <header className={styles.head}>
        <h3 id="copy-preview">{late('export.preview')}</h3>
        <p className={controls.hint}>
          {status === 'failed' ? late('export.noPreview') : taking && late('export.making')}
          {status === 'made' && preview?.type === 'page' && format !== 'html' && late('export.pages')}
          {status === 'made' && preview?.type === 'text' && !preview.whole && late('export.cut')}
        </p>
      </header>
      {preview?.type === 'text' ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard
        <pre className={styles.text} tabIndex={0}>
          {preview.text}
        </pre>
      ) : (
        <Paper html={preview?.html ?? null} page={page} />
      )}
    </section>
  )
}

/**
 * A frame in which nothing runs: without `allow-scripts` no script does, whoever wrote it. `allow-same-origin` lets
 * this page replace the copy in place, so that readers keep their position, and print it.
 */
function Paper({ html, page }: { html: string | null; page: RefObject<HTMLIFrameElement | null> }) {
  const late = useLateWords()
  const [ready, setReady] = useState(false)
  useEffect(() => {
    const shown = page.current?.contentDocument
    if (!ready || html === null || !shown) return
    const next = new DOMParser().parseFromString(html, 'text/html')
    // Links lead nowhere: they open a new window, which the sandbox forbids.
    const base = next.createElement('base')
    base.target = '_blank'
    next.head.prepend(base)
    const place = page.current?.contentWindow?.scrollY ?? 0
    shown.replaceChild(shown.adoptNode(next.documentElement), shown.documentElement)
    page.current?.contentWindow?.scrollTo(0, place)
  }, [ready, html, page])
  return (
    <iframe
      ref={page}
      className={styles.paper}
      title={late('export.preview')}
      sandbox="allow-same-origin allow-modals"
      srcDoc="<!doctype html>"
      onLoad={() => {
        // Key events stay inside the frame; Escape must reach the dialog.
        page.current?.contentWindow?.addEventListener('keydown', ({ key }) => {
          if (key === 'Escape') page.current?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
        })
        setReady(true)
      }}
    />
  )
}
