import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { openTitles } from '../../server/http/titles.ts'
import { agendaOf, createMeeting } from '../../server/meeting/meetings.ts'
import { nobody } from '../../server/storage/documents.ts'
import type { SecretHash } from '../../server/storage/members.ts'
import { write } from '../../shared/document/write.ts'
import type { MeetingId } from '../../shared/domain/agenda.ts'
import { blankAgenda, startServer } from '../support/server.ts'

test('an agenda is opened for its title once for everybody who asks, one after the other, until it changes', async () => {
  const server = await startServer()
  const { storage } = server
  const named = async (en: string) => {
    const { meeting } = await createMeeting(storage, { ...blankAgenda(), title: { en, zh: '' } }, 0)
    return meeting
  }
  const meetings = [await named('one'), await named('two'), await named('three')]
  let opened = 0
  let atOnce = 0
  const titles = openTitles({
    storage,
    async read(meeting) {
      opened += 1
      atOnce += 1
      expect(atOnce).toBe(1)
      const agenda = await agendaOf(storage, meeting)
      atOnce -= 1
      return agenda
    },
  })
  const ask = async () => (await Promise.all(meetings.map((meeting) => titles.of(meeting)))).map(({ en }) => en)
  const answers = await Promise.all(Array.from({ length: 20 }, ask))
  for (const answer of answers) expect(answer).toEqual(['one', 'two', 'three'])
  expect(opened).toBe(3)

  const { key, base } = (await storage.load(meetings[1]!, 'agenda'))!
  const doc = new Y.Doc()
  Y.applyUpdate(doc, base)
  const before = Y.encodeStateVector(doc)
  write(doc, { type: 'set-meeting', settings: { title: { en: 'second', zh: '' } } })
  const bytes = Y.encodeStateAsUpdate(doc, before)
  await storage.append([{ document: key, bytes, person: nobody, session: '' as SecretHash, at: 0 }])
  expect(await ask()).toEqual(['one', 'second', 'three'])
  expect(opened).toBe(4)
  expect(await titles.of('none' as MeetingId)).toEqual({ en: '', zh: '' })
  await server.stop()
})
