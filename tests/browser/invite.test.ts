import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { createInvitation } from '../../server/meeting/meetings.ts'
import { sample } from '../support/agenda.ts'
import { openBrowser } from '../support/gathering.ts'
import type { Visitor } from '../support/people.ts'
import { root, startServer } from '../support/server.ts'

/** Who may come in, and by which link, as an organizer sees it. */

const { people, server } = await openBrowser()

/** A new meeting with its organizer, and links for delegates of the U.S. side, all alike. */
async function gather(language: 'en' | 'zh', name: string, alike: number): Promise<{ host: Visitor; links: string[] }> {
  const { meeting, invitations } = await server.meet(sample())
  const linkOf = (token: string) => `${server.origin}/join#${token}`
  const links: string[] = []
  for (let i = 0; i < alike; i += 1) {
    links.push(linkOf((await createInvitation(server.storage, meeting, 'delegate', 'us', Date.now()))!.token))
  }
  const host = await people.arrive({ language })
  await host.join(linkOf(invitations.find((one) => one.role === 'organizer' && one.side === 'us')!.token), name)
  return { host, links }
}

async function guest(link: string, name: string): Promise<Visitor> {
  const visitor = await people.arrive()
  await visitor.join(link, name)
  return visitor
}

async function invite(host: Visitor, word: string): Promise<Locator> {
  await host.page.getByRole('button', { name: word, exact: true }).click()
  const dialog = host.page.getByRole('dialog')
  await dialog.getByRole('listitem').first().waitFor()
  return dialog
}

const line = (dialog: Locator, text: string | RegExp) => dialog.getByRole('listitem').filter({ hasText: text })

test('P6: of two alike invitations an organizer revokes the one that somebody came in by, told who it is', async () => {
  const { host, links } = await gather('en', 'Helen', 2)
  const [one, other] = [await guest(links[0]!, 'Guest A'), await guest(links[1]!, 'Guest B')]
  const dialog = await invite(host, 'Invite')
  for (const name of ['Guest A', 'Guest B']) {
    expect(await line(dialog, name).innerText()).toMatch(
      new RegExp(`^US\\s+Delegate\\s+Created today, \\d\\d:\\d\\d · Used by ${name} Limits\\s+Revoke$`),
    )
  }
  expect(await line(dialog, 'Not used yet').count()).toBe(2)
  expect(await line(dialog, 'Used by Helen (you)').innerText()).toMatch(/^US\s+Organizer/)

  const second = line(dialog, 'Guest B')
  await second.getByRole('button', { name: 'Revoke' }).click()
  const question = second.getByRole('alert')
  expect(await question.innerText()).toContain('Guest B will lose access at once. A revoked link cannot be restored.')
  await question.getByRole('button', { name: 'Keep it' }).click()
  await question.waitFor({ state: 'detached' })
  await second.getByRole('button', { name: 'Revoke' }).click()
  await second.getByRole('button', { name: 'Revoke it' }).click()
  await second.getByText('Revoked').waitFor()
  expect(await dialog.getByText('Revoked').count()).toBe(1)

  await other.page.getByRole('heading', { name: 'You no longer have access to this meeting' }).waitFor()
  await one.page.locator('[data-item]').first().click()
  await one.page.locator('.ProseMirror').first().waitFor()
  expect(await second.innerText()).toContain('Used by Guest B')
  for (const visitor of [one, other, host]) await visitor.context.close()
})

test('whoever comes in while the list is open is named in the question all the same', async () => {
  const { host, links } = await gather('zh', '白静', 1)
  const dialog = await invite(host, '邀请')
  const newest = dialog.getByRole('listitem').first()
  expect(await newest.innerText()).toMatch(/^美\s+代表\s+今天 \d\d:\d\d 生成 · 尚无人使用/)
  const late = await guest(links[0]!, '来宾甲')
  await newest.getByRole('button', { name: '撤销' }).click()
  await newest.getByText('来宾甲将立即失去访问权限，且链接无法恢复。').waitFor()
  expect(await newest.innerText()).toContain('使用者：来宾甲')
  // One's own access is said to be one's own.
  expect(await line(dialog, '白静（您）').count()).toBe(1)
  for (const visitor of [late, host]) await visitor.context.close()
})

test('a line names a few of a large delegation, and the question names everybody', async () => {
  const { host, links } = await gather('en', 'Helen', 1)
  const token = links[0]!.split('#')[1]!
  for (let i = 1; i <= 8; i += 1) {
    await fetch(`${server.origin}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, name: `Guest ${i}` }),
    })
  }
  const dialog = await invite(host, 'Invite')
  const large = line(dialog, 'Used by Guest 1, Guest 2, Guest 3, Guest 4, Guest 5 and 3 others')
  await large.getByRole('button', { name: 'Revoke' }).click()
  await expect
    .poll(() => large.innerText())
    .toContain(
      'Guest 1, Guest 2, Guest 3, Guest 4, Guest 5, Guest 6, Guest 7, Guest 8 will lose access at once. A revoked link cannot be restored.',
    )
  await host.context.close()
})

test('who comes by a link that too many use at once is told what is safe, in words of their own, and gets in later', async () => {
  const crowded = await startServer({
    pages: join(root, 'dist'),
    agenda: sample(),
    limits: { joins: { link: { most: 3, perMinute: 6 } } },
  })
  onTestFinished(() => crowded.stop())
  for (const [language, words, name] of [
    ['en', 'Many people use this invitation link at this moment. What you have written is safe.', 'Try again'],
    ['zh', '目前使用此邀请链接的人较多。您已写的内容是安全的', '重试'],
  ] as const) {
    const { meeting } = await crowded.meet(sample())
    const { token } = (await createInvitation(crowded.storage, meeting, 'delegate', 'us', Date.now()))!
    const enters = (person: string) =>
      fetch(`${crowded.origin}/api/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token, name: person }),
      })
    const { page, context } = await people.arrive({ language })
    // A browser reports every refusal.
    page.removeAllListeners('console')
    await page.goto(`${crowded.origin}/join#${token}`)
    await page.getByRole('textbox').fill('Late')
    for (let i = 0; (await enters(`Guest ${i}`)).status === 200; i += 1) expect(i).toBeLessThan(4)
    await page.locator('form button[type=submit]').first().click()
    await page.getByRole('alert').getByText(words).waitFor()
    await expect
      .poll(
        async () => {
          const again = page.getByRole('button', { name })
          if (await again.isVisible()) await again.click()
          return page.url()
        },
        { interval: 500 },
      )
      .toContain(`/m/${meeting}`)
    await context.close()
  }
})
