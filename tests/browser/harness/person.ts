import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { soon } from '../../support/patience.ts'
import { socketWith } from '../../support/server.ts'
import { type Clocks, extentOf } from './extent.ts'

/** Another person, at a stock y-websocket client in this process. */
export interface Person {
  readonly doc: Y.Doc
  clocks(): Clocks
  /** Settles when the replica holds everything up to these clocks. */
  holds(wanted: Clocks): Promise<void>
  /** Puts this person's caret at `index` of `text`, for the others to see. */
  point(text: Y.XmlText, index: number): void
  close(): void
}

export async function joinAs(options: {
  server: string
  meeting: string
  cookie: string
  clientID: number
}): Promise<Person> {
  const doc = new Y.Doc()
  doc.clientID = options.clientID
  const provider = new WebsocketProvider(
    `${options.server.replace(/^http/, 'ws')}/sync/${options.meeting}`,
    'agenda',
    doc,
    {
      WebSocketPolyfill: socketWith(options.cookie),
      disableBc: true,
    },
  )
  await soon('the first sync', new Promise<void>((resolve) => provider.on('sync', (synced) => synced && resolve())))
  const has = (wanted: Clocks) => {
    const clocks = extentOf(doc)
    return wanted.every(([client, clock]) => (clocks.get(client) ?? 0) >= clock)
  }
  return {
    doc,
    clocks: () => [...extentOf(doc)],
    holds: (wanted) =>
      soon(
        () => `the other to have ${JSON.stringify(wanted)}; they have ${JSON.stringify([...extentOf(doc)])}`,
        new Promise((resolve) => {
          const look = () => {
            if (!has(wanted)) return
            doc.off('afterAllTransactions', look)
            resolve()
          }
          doc.on('afterAllTransactions', look)
          look()
        }),
      ),
    point(text, index) {
      const at = Y.createRelativePositionFromTypeIndex(text, index)
      provider.awareness.setLocalState({ ...provider.awareness.getLocalState(), cursor: { anchor: at, head: at } })
    },
    close: () => provider.destroy(),
  }
}
