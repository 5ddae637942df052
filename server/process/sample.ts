import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { MeetingId } from '../../shared/domain/agenda.ts'
import { sampleAgenda } from '../../shared/domain/sample.ts'
import { newId } from '../access/ids.ts'
import { hashSecret } from '../access/secret.ts'
import { createMeeting, linkOf } from '../meeting/meetings.ts'
import type { Storage } from '../storage/storage.ts'

const stored = z.object({
  meeting: z.string(),
  tokens: z.array(z.object({ role: z.string(), side: z.string(), token: z.string() })),
})
export type SampleKeys = z.output<typeof stored>

const who: Record<string, string> = {
  'organizer us': 'Organizer',
  'delegate us': 'U.S. delegate',
  'delegate cn': 'Chinese delegate',
}

/**
 * The sample meeting that a first start shows. Creates it if the folder has none. Its tokens are stored beside the
 * data, readable only by the owner, so that the next start prints the same links.
 */
export async function sampleKeys(storage: Storage, folder: string, now: number = Date.now()): Promise<SampleKeys> {
  const file = join(folder, 'sample-links.json')
  const known = readKeys(file)
  if (known !== null && (await storage.hasMeeting(known.meeting as MeetingId))) return known
  const date = new Date(now + 30 * 24 * 3600_000).toISOString().slice(0, 10)
  const { meeting, invitations } = await createMeeting(storage, sampleAgenda({ date, newId: newId }), now)
  const keys = { meeting, tokens: invitations.map(({ role, side, token }) => ({ role, side, token })) }
  writeFileSync(file, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 })
  chmodSync(file, 0o600)
  return keys
}

/** The links to the sample meeting that are not revoked, for the three people of the README. */
export async function sampleLinks(
  storage: Storage,
  folder: string,
  origin: string,
): Promise<readonly { readonly who: string; readonly link: string }[]> {
  const keys = await sampleKeys(storage, folder)
  const links: { who: string; link: string }[] = []
  for (const { role, side, token } of keys.tokens) {
    const name = who[`${role} ${side}`]
    const invitation = name === undefined ? null : await storage.invitationByToken(hashSecret(token))
    if (name !== undefined && invitation?.revokedAt === null) links.push({ who: name, link: linkOf(origin, token) })
  }
  return links
}

function readKeys(file: string): SampleKeys | null {
  if (!existsSync(file)) return null
  try {
    return stored.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}
