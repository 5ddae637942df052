import type { Editor } from '@tiptap/core'
import { useCurrentEditor } from '@tiptap/react'
import {
  type KeyboardEvent,
  type ReactElement,
  type RefObject,
  useCallback,
  useEffect,
  useId,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import { marks, nodes } from '../../shared/document/schema.ts'
import { completeAddress, safeAddress } from './schema.ts'

/** The words of the toolbar and of the form for a link. */
export interface FormattingWords {
  readonly formatting: string
  readonly bold: string
  readonly italic: string
  readonly strike: string
  readonly bulletList: string
  readonly orderedList: string
  readonly link: string
  /** The label of the address field. */
  readonly address: string
  /** The error for an address that no link may lead to. */
  readonly badAddress: string
  readonly apply: string
  readonly remove: string
}

interface Button {
  readonly name: keyof FormattingWords & ('bold' | 'italic' | 'strike' | 'bulletList' | 'orderedList')
  readonly sign: string
  readonly keys: string
  readonly run: (editor: Editor) => boolean
}

const buttons: readonly Button[] = [
  { name: 'bold', sign: 'B', keys: 'Control+B', run: (editor) => editor.commands.toggleMark(marks.bold) },
  { name: 'italic', sign: 'I', keys: 'Control+I', run: (editor) => editor.commands.toggleMark(marks.italic) },
  { name: 'strike', sign: 'S', keys: 'Control+Shift+X', run: (editor) => editor.commands.toggleMark(marks.strike) },
  {
    name: 'bulletList',
    sign: '•',
    keys: 'Control+Shift+8',
    run: (editor) => editor.commands.toggleList(nodes.bulletList, nodes.listItem),
  },
  {
    name: 'orderedList',
    // Not "1.": a sign of several characters counts as words, which the name would have to hold.
    sign: '№',
    keys: 'Control+Shift+7',
    run: (editor) => editor.commands.toggleList(nodes.orderedList, nodes.listItem),
  },
]

/** A plain toolbar for the editor of this context, visible only while the text or the toolbar has the focus. */
export function Formatting(props: {
  words: FormattingWords
  /** The element around the editor. */
  frame: RefObject<HTMLElement | null>
  askingLink: boolean
  onAskLink: (asking: boolean) => void
}): ReactElement | null {
  const { words, askingLink } = props
  // The toolbar is never rendered without an editor.
  const editor = useCurrentEditor().editor as Editor
  const row = useRef<HTMLDivElement>(null)
  const focused = useFocusWithin(props.frame, row)
  const subscribe = useCallback(
    (changed: () => void) => {
      editor.on('transaction', changed)
      return () => editor.off('transaction', changed)
    },
    [editor],
  )
  const active = useSyncExternalStore(subscribe, () => (focused ? activeNames(editor) : '')).split(' ')
  if (!focused && !askingLink) return null

  function run(button: Button) {
    editor.view.focus()
    button.run(editor)
  }

  /** One stop for Tab; arrows move within the row. */
  function move(event: KeyboardEvent) {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    const all = [...(row.current?.querySelectorAll<HTMLElement>('.formatting-button') ?? [])]
    const at = all.indexOf(event.target as HTMLElement)
    if (event.key === 'Escape') editor.view.focus()
    if (step === 0 || at < 0) return
    event.preventDefault()
    all[(at + step + all.length) % all.length]?.focus()
  }

  const hold = (event: { preventDefault(): void }) => event.preventDefault()
  return (
    <div ref={row} className="formatting">
      <div role="toolbar" aria-label={words.formatting} className="formatting-row" onKeyDown={move}>
        {buttons.map((button, index) => (
          <button
            key={button.name}
            type="button"
            className="formatting-button"
            data-button={button.name}
            tabIndex={index === 0 ? 0 : -1}
            aria-label={words[button.name]}
            aria-pressed={active.includes(button.name)}
            aria-keyshortcuts={button.keys}
            title={words[button.name]}
            onMouseDown={hold}
            onClick={() => run(button)}
          >
            {button.sign}
          </button>
        ))}
        <button
          type="button"
          className="formatting-button"
          data-button="link"
          tabIndex={-1}
          aria-label={words.link}
          aria-pressed={active.includes('link')}
          aria-expanded={askingLink}
          aria-keyshortcuts="Control+Shift+K"
          title={words.link}
          onMouseDown={hold}
          onClick={() => props.onAskLink(!askingLink)}
        >
          <span className="formatting-link">a</span>
        </button>
      </div>
      {askingLink && <LinkForm editor={editor} words={words} onClose={() => props.onAskLink(false)} />}
    </div>
  )
}

function LinkForm(props: { editor: Editor; words: FormattingWords; onClose: () => void }): ReactElement {
  const { editor, words } = props
  const present = safeAddress(editor.getAttributes(marks.link).href)
  const [typed, setTyped] = useState(present ?? '')
  const [wrong, setWrong] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const id = useId()
  useEffect(() => input.current?.select(), [])

  function close() {
    props.onClose()
    editor.view.focus()
  }

  function apply() {
    const href = completeAddress(typed)
    if (href === null) {
      setWrong(true)
      input.current?.focus()
      return
    }
    const chain = editor.chain().extendMarkRange(marks.link)
    if (editor.state.selection.empty && present === null) {
      chain.insertContent({ type: 'text', text: typed.trim(), marks: [{ type: marks.link, attrs: { href } }] }).run()
    } else {
      chain.setMark(marks.link, { href }).run()
    }
    close()
  }

  return (
    <form
      className="link-form"
      onSubmit={(event) => {
        event.preventDefault()
        apply()
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.nativeEvent.isComposing) return
        event.stopPropagation()
        close()
      }}
    >
      <label htmlFor={id}>{words.address}</label>
      <input
        ref={input}
        id={id}
        type="text"
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
        value={typed}
        aria-invalid={wrong}
        aria-describedby={wrong ? `${id}-wrong` : undefined}
        onChange={(event) => {
          setTyped(event.target.value)
          setWrong(false)
        }}
      />
      <button type="submit">{words.apply}</button>
      {present !== null && (
        <button
          type="button"
          onClick={() => {
            editor.chain().extendMarkRange(marks.link).unsetMark(marks.link).run()
            close()
          }}
        >
          {words.remove}
        </button>
      )}
      {wrong && (
        <p id={`${id}-wrong`} role="alert">
          {words.badAddress}
        </p>
      )}
    </form>
  )
}

/** The names, separated by spaces, of what is active at the selection: a string, so that equal states compare equal. */
function activeNames(editor: Editor): string {
  if (editor.isDestroyed) return ''
  return [...buttons.map((button) => button.name), 'link' as const].filter((name) => editor.isActive(name)).join(' ')
}

/** Whether the focus is in one of two elements. */
function useFocusWithin(first: RefObject<HTMLElement | null>, second: RefObject<HTMLElement | null>): boolean {
  const [within, setWithin] = useState(false)
  useEffect(() => {
    const look = () => {
      const at = document.activeElement
      setWithin(at !== null && (first.current?.contains(at) === true || second.current?.contains(at) === true))
    }
    // After a blur nothing has the focus until the next element gets it.
    const later = () => setTimeout(look)
    look()
    document.addEventListener('focusin', look)
    document.addEventListener('focusout', later)
    return () => {
      document.removeEventListener('focusin', look)
      document.removeEventListener('focusout', later)
    }
  }, [first, second])
  return within
}
