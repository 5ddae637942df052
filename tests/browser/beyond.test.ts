import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import { itemFragment } from '../../shared/document/schema.ts'
import { allItems } from '../../shared/domain/agenda.ts'
import { longestName, most } from '../../shared/domain/fields.ts'
import { large, sample } from '../support/agenda.ts'
import { gather, openBrowser, part } from '../support/gathering.ts'
import { hear, savingWord } from '../support/people.ts'
import { enter, root, startServer, stockClient } from '../support/server.ts'

/** What more than an agenda may hold looks like: merged by a program of somebody's own, or typed and pasted by hand. */

const { people, server } = await openBrowser()

const first = allItems(sample())[0]!
const quiet = allItems(sample())[1]!

/** A meeting that a delegate of one side has written into with a program. */
async function flooded(write: (doc: Y.Doc) => void) {
  const gathering = await gather(people, server)
  const { meeting, invitation } = gathering
  const { cookie } = await enter(server.origin, invitation('delegate', 'cn').token, 'Flood')
  const client = stockClient({ origin: server.origin, meeting, cookie })
  await client.synced
  client.doc.transact(() => write(client.doc))
  await client.acknowledged()
  client.leave()
  return gathering
}

function fill(doc: Y.Doc, text: 'title' | 'objective', words: string): void {
  const fragment = itemFragment(doc, first.id, text, 'en')!
  const paragraph = new Y.XmlElement('paragraph')
  fragment.delete(0, fragment.length)
  fragment.insert(0, [paragraph])
  paragraph.insert(0, [new Y.XmlText(words)])
}

const hostile: Record<string, [said: string, write: (doc: Y.Doc) => void]> = {
  'a title of 300,000 letters': ['1 text is too long', (doc) => fill(doc, 'title', 'A'.repeat(300_000))],
  'an objective of 700,000': ['1 text is too long', (doc) => fill(doc, 'objective', 'A'.repeat(700_000))],
  'a meeting named by a million': [
    '1 text is too long',
    (doc) => doc.getMap('meta').set('title.en', 'A'.repeat(1_000_000)),
  ],
  'a person named by a million': [
    '1 text is too long',
    (doc) => (doc.getMap('people').values().next().value as Y.Map<unknown>).set('name.en', '议'.repeat(1_000_000)),
  ],
  '2,500 items': [
    'entries are more than an agenda holds',
    (doc) => {
      const [day] = doc.getMap('days').keys()
      for (let at = 0; at < 2500; at++) {
        const item = new Y.Map()
        doc.getMap('items').set(`z${at}`, item)
        item.set('minutes', 1)
        item.set('place', { day, order: `z${at}` })
      }
    },
  ],
}

test.for(Object.entries(hostile))(
  '%s leave the agenda readable and everything else editable',
  async ([, [said, write]]) => {
    const { enter: sit } = await flooded(write)
    const visitor = await sit('delegate', 'us')
    const { page } = visitor
    await hear(page, said)
    await hear(page, 'Nothing is deleted')
    expect(await page.locator('[data-item]').count()).toBeLessThanOrEqual(most.items)
    await page.locator(`[data-item="${quiet.id}"]`).click()
    const title = page.locator('#sheet').getByRole('textbox', { name: /title.*English|English.*title/i })
    await title.click()
    await page.keyboard.press('End')
    await page.keyboard.type(' goes on')
    await expect.poll(() => title.innerText()).toContain('goes on')
    await savingWord(page, /^All saved/).waitFor()
    // The item itself can be opened, too, and emptied.
    await page.locator(`[data-item="${first.id}"]`).click()
    await title.click()
    await page.keyboard.press('Control+a')
    await page.keyboard.type('Short again')
    await expect.poll(() => title.innerText()).toBe('Short again')
    await part(visitor)
  },
)

test('a title takes no more than it may hold, says before how much is left, and takes what is shorter', async () => {
  const { enter: sit } = await gather(people, server)
  const visitor = await sit('delegate', 'us')
  const { page } = visitor
  await page.locator(`[data-item="${quiet.id}"]`).click()
  const title = page.locator('#sheet').getByRole('textbox', { name: /title.*English|English.*title/i })
  const paste = (text: string) =>
    title.evaluate((element, words) => {
      const data = new DataTransfer()
      data.setData('text/plain', words)
      element.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
    }, text)
  await title.click()
  await page.keyboard.press('Control+a')
  await paste('a'.repeat(longestName - 3))
  await hear(page, 'Room for 3 more characters')
  await page.keyboard.type('bcdef')
  await expect.poll(() => title.innerText()).toBe(`${'a'.repeat(longestName - 3)}bcd`)
  await hear(page, 'This is too long. Shorten it and try again.')
  await paste('议'.repeat(600))
  expect(await title.innerText()).toHaveLength(longestName)
  await page.keyboard.press('Control+a')
  await page.keyboard.type('Short')
  await expect.poll(() => title.innerText()).toBe('Short')
  await part(visitor)
})

test('before an agenda or its versions are full, those who write are told in their language', async () => {
  const near = await startServer({
    pages: join(root, 'dist'),
    agenda: large(1850),
    limits: { versions: { lasts: true, meeting: { most: 1 } } },
  })
  onTestFinished(() => near.stop())
  const { token } = near.invitations.find((one) => one.role === 'delegate' && one.side === 'cn')!
  const { cookie } = await enter(near.origin, token, 'Keeps')
  await fetch(`${near.origin}/api/meetings/${near.meeting}/versions`, {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/json' },
    body: JSON.stringify({ label: 'draft', name: '' }),
  })
  for (const [language, items, versions] of [
    ['en', 'This agenda has 1,850 items; it can have 2,000.', '100% of the space for the versions'],
    ['zh', '本议程已有 1,850 项，最多 2,000 项。', '版本空间已用 100%'],
  ] as const) {
    const visitor = await people.arrive({ language })
    await visitor.join(`${near.origin}/join#${token}`, language === 'en' ? 'Reads it' : '阅读者')
    await hear(visitor.page, items)
    await hear(visitor.page, versions)
    await part(visitor)
  }
})
