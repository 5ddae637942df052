import type { BrowserContext, Page } from 'playwright-core'
import * as Y from 'yjs'
import type { Timing } from '../../../client/sync/timing.ts'
import { documents } from '../../../shared/document/documents.ts'
import { itemFragment } from '../../../shared/document/schema.ts'
import type { ItemId } from '../../../shared/domain/agenda.ts'
import { onChannel } from '../../../shared/wire/channel.ts'
import { sample } from '../../support/agenda.ts'
import { sharedBrowser } from '../../support/chromium.ts'
import { patience, soon } from '../../support/patience.ts'
import { enter as enterMeeting, type RawClient, rawClient, startServer } from '../../support/server.ts'
import { buildHarness } from './build.ts'
import { type InputMethod, inputMethod } from './chromium.ts'
import type { Clocks } from './extent.ts'
import { type Fault, installFaults } from './faults.ts'
import { joinAs, type Person } from './person.ts'

/** A server, a browser and the page between them. */
export interface House {
  /** Two people at one text of a meeting of their own: one at a page, the other at a stock client in this process. */
  sit(options: Sitting): Promise<Table>
  close(): Promise<void>
}

export interface Sitting {
  readonly kind: 'ours' | 'plain'
  /** The other's client id: with it, and a seed, a run repeats. */
  readonly clientID: number
  /** Before the page is opened: lets the other put something into the text. */
  readonly prepare?: (table: Pick<Table, 'other' | 'fragment'>) => void
  /** Timers of the page move only when the test says. */
  readonly clock?: boolean
  /** What passes between the page and the server. Without it the page has its own socket. */
  readonly gate?: Gate
  /** Runs in the page before anything else does. */
  readonly first?: () => void
  readonly timing?: Partial<Timing>
  /** What is wrong with the device at first. With `null` it can be made wrong later. */
  readonly fault?: Fault | null
}

/** The network in between. */
export interface Gate {
  /** Code with which sockets are closed at once, or null when they may open. */
  closed: number | null
  /** Whether a frame from the server may pass. */
  inward: (frame: Uint8Array) => boolean
  /** Every frame of the page. */
  readonly outward: Uint8Array[]
  /** How often the page has tried to connect. */
  attempts: number
  /** Cuts what is open. */
  cut(): Promise<void>
  /** Gives the agenda of the page a frame that the server has not sent. */
  inject(frame: Uint8Array): void
}

export function createGate(): Gate {
  return { closed: null, inward: () => true, outward: [], attempts: 0, cut: async () => {}, inject: () => {} }
}

async function install(gate: Gate, context: BrowserContext): Promise<void> {
  await context.routeWebSocket(/\/sync\//, async (socket) => {
    gate.attempts += 1
    if (gate.closed !== null) return socket.close({ code: gate.closed })
    const server = socket.connectToServer()
    gate.cut = () => socket.close({ code: 1013 })
    gate.inject = (frame) => socket.send(Buffer.from(onChannel(frame, documents.agenda.channel)))
    socket.onMessage((message) => {
      const frame = typeof message === 'string' ? new TextEncoder().encode(message) : new Uint8Array(message)
      gate.outward.push(frame)
      server.send(message)
    })
    server.onMessage((message) => {
      if (typeof message !== 'string' && gate.inward(new Uint8Array(message))) socket.send(message)
    })
  })
}

export interface Table {
  readonly page: Page
  readonly input: InputMethod
  readonly other: Person
  /** The text, in the other's replica. */
  readonly fragment: Y.XmlFragment
  /** What the page has complained of: errors that nobody caught, and those that it has told the console. */
  readonly complaints: readonly string[]
  /** An observer, at a bare socket. */
  observe(): Promise<RawClient>
  /** Another page of the same person. */
  again(): Promise<Page>
  /** Loads the page anew; settles when it has the text, from wherever. `as`: for whom, the one at the page if not said. */
  reload(as?: 'here' | 'there'): Promise<void>
  /** Everything that either has written has reached the other, and nothing is kept back. */
  catchUp(): Promise<void>
  /** The other does something, and it has come in at the page, shown or not. */
  edit(change: () => void): Promise<void>
  close(): Promise<void>
}

/** What stands in the text at first. The caret is put between 戊 and 己. */
export const base = '甲乙丙丁戊己庚辛壬癸'

export async function openHouse(): Promise<House> {
  const harness = await buildHarness()
  const server = await startServer({ pages: harness })
  const browser = await sharedBrowser()

  return {
    async sit({ kind, clientID, prepare, clock = false, gate, first, timing, fault }) {
      const { meeting, invitations } = await server.meet(sample())
      const delegate = (side: 'us' | 'cn') => {
        const token = invitations.find((one) => one.role === 'delegate' && one.side === side)?.token ?? ''
        return enterMeeting(server.origin, token, side === 'us' ? 'Ann Lee' : '李雪')
      }
      const [here, there] = await Promise.all([delegate('cn'), delegate('us')])
      const other = await joinAs({ server: server.origin, meeting, cookie: there.cookie, clientID })
      const item = [...other.doc.getMap('items').keys()][0] as ItemId
      const fragment = itemFragment(other.doc, item, 'objective', 'zh')
      if (fragment === null) throw new Error('The meeting has no item')
      other.doc.transact(() => {
        fragment.delete(0, fragment.length)
        fragment.insert(0, [paragraph(base)])
      })
      prepare?.({ other, fragment })
      const context = await browser.newContext()
      context.setDefaultTimeout(patience)
      const sign = (visitor: typeof here) => {
        const [name = '', value = ''] = visitor.cookie.split('=')
        return context.addCookies([{ name, value, url: server.origin }])
      }
      await sign(here)
      if (gate !== undefined) await install(gate, context)
      if (first !== undefined) await context.addInitScript(first)
      if (fault !== undefined) await context.addInitScript(installFaults, fault)
      const enter = async (page: Page, visitor = here) => {
        await page.goto(server.origin)
        await page.evaluate((opening) => window.harness.open(opening), {
          kind,
          meeting,
          person: visitor.person.id,
          item,
          ...(timing === undefined ? {} : { timing }),
        })
      }
      const complaints: string[] = []
      const turnUp = async () => {
        const page = await context.newPage()
        page.on('pageerror', (error) => {
          console.error(error)
          complaints.push(String(error))
        })
        page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
        if (clock) await page.clock.install()
        await enter(page)
        await has(page, other.clocks())
        return page
      }
      const page = await turnUp()
      return {
        page,
        input: await inputMethod(page),
        other,
        fragment,
        complaints,
        async observe() {
          const token = invitations.find((one) => one.role === 'observer')?.token ?? ''
          const { cookie } = await enterMeeting(server.origin, token, 'Oscar Lee')
          const observer = rawClient({ origin: server.origin, meeting, cookie })
          await observer.opened
          return observer
        },
        again: turnUp,
        async reload(as = 'here') {
          const visitor = { here, there }[as]
          await sign(visitor)
          await enter(page, visitor)
        },
        async catchUp() {
          await other.holds(await page.evaluate(() => window.harness.clocks()))
          await has(page, other.clocks())
        },
        async edit(change) {
          other.doc.transact(change)
          const clock = new Map(other.clocks()).get(clientID) ?? 0
          const arrived = page.evaluate((clocks) => window.harness.arrived(clocks), [[clientID, clock]] as const)
          await soon(`what the other did (clock ${clock}) to arrive at the page`, arrived)
        },
        async close() {
          await context.close()
          other.close()
        },
      }
    },
    async close() {
      await server.stop()
    },
  }
}

/** The page's document holds everything up to these clocks. */
function has(page: Page, clocks: Clocks): Promise<void> {
  const holds = page.evaluate((wanted) => window.harness.holds(wanted), clocks)
  return soon(`the page to have ${JSON.stringify(clocks)}`, holds)
}

export function paragraph(text: string): Y.XmlElement {
  const element = new Y.XmlElement('paragraph')
  element.insert(0, [new Y.XmlText(text)])
  return element
}

/** The run of text that has `letter` in it. */
export function textWith(fragment: Y.XmlFragment, letter: string): Y.XmlText | null {
  for (const block of fragment.toArray()) {
    for (const text of block instanceof Y.XmlElement ? block.toArray() : []) {
      if (text instanceof Y.XmlText && wordsOf(text).includes(letter)) return text
    }
  }
  return null
}

export function wordsOf(text: Y.XmlText): string {
  return (text.toDelta() as { insert: string }[]).map((run) => run.insert).join('')
}

/** A block a line. */
export function allWords(fragment: Y.XmlFragment): string {
  return fragment
    .toArray()
    .map((block) => (block instanceof Y.XmlElement ? block.toArray() : []))
    .map((texts) => texts.map((text) => (text instanceof Y.XmlText ? wordsOf(text) : '')).join(''))
    .join('\n')
}
