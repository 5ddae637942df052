import { Plugin, PluginKey } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'
import type { History } from '../../shared/document/history.ts'

/* Chinese input composes in place: the letters in the text belong to the input method until it commits. Chromium
 * drops the composition, often without `compositionend`, when the text node under it is rewritten, and the binding
 * rewrites every node at every remote change. So during a composition the link queues what comes in
 * (client/sync/gate.ts). Document and screen stay the same, and nothing has to be merged twice. What is typed is
 * still sent at every step. Undo takes a composition as one step, however slowly it came about. */

/** How long after `compositionend` to wait, ms: ProseMirror reads the committed text after 20 ms. */
const settleTime = 40
/** Somebody who composes without a pause sees others' edits at the first commit after this long, ms. */
const patience = 1_500
/** Android composes every word and reports no end; ProseMirror assumes it after five quiet seconds. In ms. */
const quiet = 5_500
/** A composition without any event for this long, ms, has been abandoned: it is committed as it is. */
const leftAfter = 20_000

const compositionKey: PluginKey = new PluginKey('composition')

/** Queues remote changes with `hold` while its editor composes, and makes each composition a step of `history`. */
export function compositionHold(hold: () => () => void, history: History, left: number = leftAfter): Plugin {
  return new Plugin({
    key: compositionKey,
    view: (view) => {
      let release: (() => void) | null = null
      let heldSince = 0
      let stirredAt = 0
      let settling: ReturnType<typeof setTimeout> | undefined
      let leaving: ReturnType<typeof setTimeout> | undefined

      function begin() {
        clearTimeout(settling)
        settling = undefined
        if (release === null) {
          heldSince = performance.now()
          const ends = [hold(), history.untimed()]
          release = () => {
            for (const end of ends) end()
          }
        } else history.boundary()
        stillThere()
      }

      function stillThere() {
        stirredAt = performance.now()
        watch(Math.min(left, quiet))
      }

      function watch(wait: number) {
        clearTimeout(leaving)
        leaving = setTimeout(look, wait)
      }

      function look() {
        const rest = left - (performance.now() - stirredAt)
        if (!view.composing) letGo()
        else if (rest <= 0) leave()
        else watch(rest)
      }

      function end() {
        if (release === null) return
        clearTimeout(leaving)
        clearTimeout(settling)
        settling = setTimeout(settle, performance.now() - heldSince > patience ? 0 : settleTime)
      }

      function settle() {
        settling = undefined
        if (view.composing) return stillThere()
        letGo()
      }

      function letGo() {
        clearTimeout(leaving)
        clearTimeout(settling)
        settling = undefined
        readDom(view)
        release?.()
        release = null
      }

      /** Blur makes the browser commit the composition, so that queued changes cannot interrupt it. */
      function leave() {
        view.dom.blur()
        view.focus()
        letGo()
      }

      /**
       * Keys and input outside of a composition: either the next composition is about to begin, and changes can be let
       * in before it, or the browser has silently dropped one.
       */
      function gap(event: Event) {
        if (release === null) return
        if ('isComposing' in event && event.isComposing === true) return
        if (settling !== undefined && !view.composing) letGo()
        else if (settling === undefined && !(event instanceof KeyboardEvent && event.keyCode === 229)) end()
      }

      const dom = view.dom
      // These run after ProseMirror's own listeners, which were added first: `view.composing` is up to date.
      dom.addEventListener('compositionstart', begin)
      dom.addEventListener('compositionupdate', stillThere)
      dom.addEventListener('compositionend', end)
      dom.addEventListener('focusout', end)
      dom.addEventListener('keydown', gap, { capture: true })
      dom.addEventListener('beforeinput', gap, { capture: true })
      return {
        destroy() {
          dom.removeEventListener('compositionstart', begin)
          dom.removeEventListener('compositionupdate', stillThere)
          dom.removeEventListener('compositionend', end)
          dom.removeEventListener('focusout', end)
          dom.removeEventListener('keydown', gap, { capture: true })
          dom.removeEventListener('beforeinput', gap, { capture: true })
          clearTimeout(settling)
          clearTimeout(leaving)
          release?.()
        },
      }
    },
  })
}

/** Makes ProseMirror read at once what the browser has typed. No public API does this (prosemirror-view 1.x). */
export function readDom(view: EditorView): void {
  if (view.isDestroyed) return
  const { domObserver } = view as unknown as { domObserver: { forceFlush(): void; flush(): void } }
  domObserver.forceFlush()
  domObserver.flush()
}
