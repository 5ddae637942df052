import { Component, type ReactElement, type ReactNode, Suspense, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { ItemId, ItemText, Language } from '../../../shared/domain/agenda.ts'
import { longestName } from '../../../shared/domain/fields.ts'
import { tag } from '../../i18n/i18n.ts'
import { addItemAfter } from '../../store/actions.ts'
import { mayEdit } from '../../store/meeting.ts'
import { useEditorWords } from '../shell/editorWords.ts'
import { TextEditor } from '../shell/lazy.ts'
import { useMedia, useMeeting, useShell, useWords, useWorkspace } from '../shell/shell.ts'
import styles from './Field.module.css'
import { leaveText } from './leaving.ts'
import { isEmptyProse, ProseView } from './ProseView.tsx'
import './words.ts'

interface FieldProps {
  id: ItemId
  text: ItemText
  language: Language
  /** The item was just added: the caret goes into this title. */
  fresh: boolean
}

/** One text in one language: its heading in that language, and the text itself, edited in place. */
export function Field({ id, text, language, fresh }: FieldProps): ReactElement {
  const { i18n } = useTranslation()
  const theirs = i18n.getFixedT(language)
  const edits = useMeeting(mayEdit)
  return (
    <div className={styles.field} data-text={text} lang={tag[language]}>
      {text !== 'title' && <h3 className={styles.heading}>{theirs(`text.${text}`)}</h3>}
      {edits ? (
        <EditorGuard fallback={<StaticText id={id} text={text} language={language} failed />}>
          <Suspense fallback={<StaticText id={id} text={text} language={language} />}>
            <Writing id={id} text={text} language={language} fresh={fresh} />
          </Suspense>
        </EditorGuard>
      ) : (
        <StaticText id={id} text={text} language={language} />
      )}
    </div>
  )
}

function Writing({ id, text, language, fresh }: FieldProps) {
  const t = useWords()
  const { i18n } = useTranslation()
  const workspace = useWorkspace()
  const { router } = useShell()
  const theirs = i18n.getFixedT(language)
  const words = useEditorWords()
  // With on-screen keys, Enter goes to the next field; nobody means to add another item with it.
  const onScreenKeys = useMedia('(max-width: 760px), (pointer: coarse)')
  const frame = useRef<HTMLDivElement>(null)
  const place = { item: id, text, language } as const
  function enter() {
    if (onScreenKeys) goOn()
    // An item without a title is not done yet: Enter adds no second one.
    else if (frame.current?.textContent?.trim()) addNext()
  }
  function goOn() {
    const texts = [...document.querySelectorAll<HTMLElement>('[data-text] [contenteditable="true"]')]
    texts[texts.findIndex((one) => frame.current?.contains(one)) + 1]?.focus()
  }
  function addNext() {
    const next = addItemAfter(workspace, id)
    if (next) router.go({ type: 'item', meeting: workspace.store.getState().membership.meeting, item: next })
  }
  return (
    <div ref={frame}>
      <TextEditor
        link={workspace.link}
        history={workspace.history}
        place={place}
        onUndo={() => workspace.undo(place)}
        onRedo={() => workspace.redo(place)}
        onLeave={() => leaveText(id, frame.current)}
        language={language}
        label={t(`textIn.${language}.${text}`)}
        placeholder={theirs(`item.placeholder.${text}`)}
        autoFocus={fresh && text === 'title'}
        words={words}
        onFull={() => workspace.notify({ type: 'refused', refusal: { code: 'too-long', field: text } })}
        {...(text === 'title' ? { singleLine: true, most: longestName, onEnter: enter } : {})}
      />
    </div>
  )
}

/** The same words in the same place, for readers and until the editor has loaded. */
function StaticText({ id, text, language, failed = false }: Omit<FieldProps, 'fresh'> & { failed?: boolean }) {
  const t = useWords()
  const { i18n } = useTranslation()
  const value = useMeeting((state) => state.items.get(id)?.[text])
  if (!value) return null
  const content = value[language]
  const empty = typeof content === 'string' ? content.trim() === '' : isEmptyProse(content)
  return (
    <>
      {empty ? (
        <p className={styles.empty}>{i18n.getFixedT(language)('item.empty')}</p>
      ) : typeof content === 'string' ? (
        <p>{content}</p>
      ) : (
        <ProseView prose={content} language={language} />
      )}
      {failed && text === 'title' && (
        <p role="alert" className={styles.failed}>
          {t('item.editorFailed')}
        </p>
      )}
    </>
  )
}

/** If the editor fails or cannot be loaded, its text stays readable. */
class EditorGuard extends Component<{ fallback: ReactNode; children: ReactNode }, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true }
  }

  override componentDidCatch(failure: Error): void {
    console.error(failure)
  }

  override render(): ReactNode {
    return this.state.failed ? this.props.fallback : this.props.children
  }
}
