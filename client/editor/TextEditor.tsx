import type { Editor } from '@tiptap/core'
import { EditorContext } from '@tiptap/react'
import {
  type ReactElement,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import type * as Y from 'yjs'
import type { History } from '../../shared/document/history.ts'
import { fragmentAt, type TextPlace } from '../../shared/document/schema.ts'
import type { Language } from '../../shared/domain/agenda.ts'
import { longestText } from '../../shared/domain/fields.ts'
import { tooOld } from '../sync/connection.ts'
import type { Link } from '../sync/link.ts'
import './editor.css'
import { bindText, type Estrangement } from './editor.ts'
import { Formatting, type FormattingWords } from './Formatting.tsx'
import { plainWords } from './faithful.ts'
import type { SideWords } from './schema.ts'

/** All words of the editor, in the language of the interface. */
export interface EditorWords extends FormattingWords {
  readonly sides: SideWords
  /** Shown below a text that a newer version has written in, which cannot be edited here. */
  readonly newer: string
  /** Shown below a text for which no editor could be made. */
  readonly broken: string
  /** So many more characters fit. */
  readonly left: (count: number) => string
}

export interface TextEditorProps {
  readonly link: Link
  readonly history: History
  /** In the document of `link`. */
  readonly place: TextPlace
  readonly language: Language
  /** One line of plain text: no paragraphs, lists, marks. */
  readonly singleLine?: boolean
  /** Characters that may be typed; how many are left is shown near the end. */
  readonly most?: number
  /** Something was not taken, because the text is full. */
  readonly onFull?: () => void
  /** The accessible name. */
  readonly label: string
  readonly placeholder?: string
  readonly editable?: boolean
  readonly autoFocus?: boolean
  /** What undoes and redoes, if not `history` itself. */
  readonly onUndo?: () => void
  readonly onRedo?: () => void
  /** Enter at the end of a single line. */
  readonly onEnter?: () => void
  /** Escape. */
  readonly onLeave?: () => void
  /** Arrow up or down where it would leave a single line. */
  readonly onArrowOut?: (direction: 'up' | 'down') => void
  readonly onFocus?: () => void
  readonly words: EditorWords
}

/** One text in one language, live. It must not be mounted before the document holds it. */
export function TextEditor(props: TextEditorProps): ReactElement {
  const { link, history, place, language, singleLine = false, most = longestText, label, placeholder = '' } = props
  const refused = useSyncExternalStore(link.subscribe, () => refusal(link))
  const editable = (props.editable ?? true) && refused === null
  const fragment = fragmentAt(link.doc, place)
  const frame = useRef<HTMLDivElement>(null)
  const [editor, setEditor] = useState<Editor | null>(null)
  const [estranged, setEstranged] = useState<Estrangement | null>(null)
  const [askingLink, setAskingLink] = useState(false)
  const wantsFocus = useRef(props.autoFocus ?? false)
  const latest = useRef(props)
  latest.current = props
  const { us, cn } = props.words.sides
  const bindable = fragment !== null && refused !== tooOld && estranged === null

  // A layout effect, so that cleanup runs while the text is still in the page and a composition can be read.
  useLayoutEffect(() => {
    const element = frame.current
    if (!bindable || element === null) return
    const binding = bindText({
      element,
      fragment,
      awareness: link.awareness,
      hold: link.hold,
      history,
      language,
      singleLine,
      most,
      editable,
      label,
      placeholder,
      words: { us, cn },
      asks: {
        undo: () => void (latest.current.onUndo ?? history.undo)(),
        redo: () => void (latest.current.onRedo ?? history.redo)(),
        enter: () => latest.current.onEnter?.(),
        leave: () => latest.current.onLeave?.(),
        arrowOut(direction) {
          latest.current.onArrowOut?.(direction)
          return latest.current.onArrowOut !== undefined
        },
        link: () => setAskingLink(true),
        full: () => latest.current.onFull?.(),
      },
      estranged: setEstranged,
    })
    if (binding === null) return
    setEditor(binding.editor)
    if (wantsFocus.current) binding.editor.view.focus()
    return () => {
      // If it is only rebound, for instance in another interface language, the field keeps the focus.
      wantsFocus.current = binding.focused()
      setEditor(null)
      setAskingLink(false)
      binding.close()
    }
  }, [bindable, fragment, link, history, language, singleLine, most, editable, label, placeholder, us, cn])

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only observes the focus of what it contains
    <div className="text-editor" onFocus={props.onFocus}>
      <div ref={frame} className="text-frame" hidden={!bindable} />
      {!bindable && fragment !== null && (
        <Unbound
          fragment={fragment}
          language={language}
          label={label}
          note={estranged && props.words[estranged]}
          onChange={() => setEstranged(null)}
        />
      )}
      {editor !== null && editable && <Room editor={editor} most={most} words={props.words} />}
      {editor !== null && editable && !singleLine && (
        <EditorContext value={{ editor }}>
          <Formatting
            words={props.words}
            frame={frame as RefObject<HTMLElement | null>}
            askingLink={askingLink}
            onAskLink={setAskingLink}
          />
        </EditorContext>
      )}
    </div>
  )
}

/** How much room is left in a text that is nearly full. */
function Room({ editor, most, words }: { editor: Editor; most: number; words: EditorWords }): ReactElement | null {
  const left = useSyncExternalStore(
    (changed) => {
      editor.on('transaction', changed)
      return () => editor.off('transaction', changed)
    },
    // Tags count, too, so that a text far from full is not read.
    () => (editor.state.doc.content.size < most * 0.9 ? most : most - editor.state.doc.textContent.length),
  )
  if (left > most / 10) return null
  return (
    <p className="text-note" role="status">
      {words.left(Math.max(0, left))}
    </p>
  )
}

function refusal(link: Link): number | null {
  const connection = link.connection()
  if (connection.status === 'older') return tooOld
  return connection.status === 'refused' ? connection.code : null
}

/** The plain words of a text that no editor here may be bound to. `onChange`: the text may be bindable now. */
function Unbound(props: {
  fragment: Y.XmlFragment
  language: Language
  label: string
  note: string | null
  onChange: () => void
}): ReactElement {
  const { fragment } = props
  const [, setChanges] = useState(0)
  const changed = useRef(props.onChange)
  changed.current = props.onChange
  useEffect(() => {
    const look = () => {
      setChanges((count) => count + 1)
      changed.current()
    }
    fragment.observeDeep(look)
    return () => fragment.unobserveDeep(look)
  }, [fragment])
  return (
    <section className="text text-unbound" lang={props.language === 'zh' ? 'zh-CN' : 'en'} aria-label={props.label}>
      {plainWords(fragment).map((words, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines have no identity of their own here
        <p key={index}>{words}</p>
      ))}
      {props.note !== null && <p className="text-note">{props.note}</p>}
    </section>
  )
}
