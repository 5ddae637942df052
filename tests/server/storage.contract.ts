import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Mark } from '../../server/storage/attribution.ts'
import { type Edit, nobody } from '../../server/storage/documents.ts'
import type { Invitation } from '../../server/storage/invitations.ts'
import type { MeetingPerson, SecretHash } from '../../server/storage/members.ts'
import type { Storage } from '../../server/storage/storage.ts'
import type { CalendarId, InvitationId, SessionId, VersionId } from '../../shared/api/terms.ts'
import type { MeetingId, PersonId } from '../../shared/domain/agenda.ts'

/** What every storage does. `open` opens the same data again and again: that is how two processes share it. */
export function storageContract(
  name: string,
  prepare: () => Promise<{ open(): Storage; remove(): Promise<void> }>,
): void {
  describe(`storage: ${name}`, () => {
    let place: { open(): Storage; remove(): Promise<void> }
    let storage: Storage
    const meeting = 'm1' as MeetingId
    const session = 's1' as SecretHash
    const base = Uint8Array.of(1, 2, 3)

    beforeEach(async () => {
      place = await prepare()
      storage = place.open()
      await storage.createMeeting({
        id: meeting,
        createdAt: 1000,
        documents: [
          { name: 'agenda', epoch: 1, base },
          { name: 'ledger', epoch: 1, base: Uint8Array.of(0, 0) },
        ],
        invitations: [{ ...invitation('i1'), token: 't1' as SecretHash }],
      })
    })
    afterEach(async () => {
      await storage.close()
      await place.remove()
    })

    const invitation = (id: string): Invitation => ({
      id: id as InvitationId,
      meeting,
      role: 'delegate',
      side: 'cn',
      createdAt: 1000,
      revokedAt: null,
      ...{ personName: null, expiresAt: null, mostPeople: null },
    })
    const load = async (from: Storage = storage) => {
      const stored = await from.load(meeting, 'agenda')
      if (stored === null) throw new Error('no document')
      return stored
    }
    const edit = async (...bytes: number[]): Promise<Edit> => ({
      document: (await load()).key,
      bytes: Uint8Array.from(bytes),
      person: 'p1' as PersonId,
      session,
      at: 2000,
    })
    const tailOf = async (from?: Storage) => (await load(from)).tail.map((one) => [...one.bytes])
    const arrive = (by: string, before: string | null = null, at = 3000) => ({
      ...{ session: by as SecretHash, before: before as SecretHash | null, id: `id ${by}` as SessionId, at },
    })
    /** Comes in as somebody new, or as who the session `before` is. */
    const come = (
      look: string,
      person: string,
      id = 'i1',
      by: string = session,
      before: string | null = null,
      at = 3000,
    ) =>
      storage.enter({
        ...{ ...arrive(by, before, at), invitation: id as InvitationId, name: look.toUpperCase() },
        ...{ looks: [look, `${look} again`], person: person as PersonId },
      })
    const enter = async (...how: Parameters<typeof come>) => {
      const entered = await come(...how)
      if (entered.status !== 'entered') throw new Error(entered.status)
      return entered.member
    }
    const held = (person: string, by: string = session) => ({
      ...{ session: by as SecretHash, person: person as PersonId, role: 'delegate' as const, side: 'cn' as const },
    })

    test('a damaged state is made anew from the log that has all of it; a document that is sound stays as it is', async () => {
      const written = await edit()
      const update = Uint8Array.of(1, 1, 5, 0, 4, 1, 1, 119, 1, 120, 0)
      await storage.append([{ ...written, document: (await storage.load(meeting, 'ledger'))!.key, bytes: update }])
      expect(await storage.recover(meeting, 'ledger')).toBe('sound')
      const { key, tail } = (await storage.load(meeting, 'ledger'))!
      await storage.fold(key, Uint8Array.of(255), [])
      expect(await storage.recover(meeting, 'ledger')).toBe('rebuilt')
      expect(await storage.load(meeting, 'ledger')).toMatchObject({ base: update, tail: [] })
      expect(tail).toHaveLength(1)
      // The base of this agenda is no update, and what it began with is the same.
      expect(await storage.recover(meeting, 'agenda')).toBe('lost')
      expect([...(await load()).base]).toEqual([...base])
    })

    test('a meeting, its documents and its invitations are there at once or not at all', async () => {
      expect(await storage.meetings()).toEqual([{ id: meeting, createdAt: 1000 }])
      expect(await storage.hasMeeting(meeting)).toBe(true)
      expect(await storage.hasMeeting('m2' as MeetingId)).toBe(false)
      expect([...(await load()).base]).toEqual([1, 2, 3])
      const second = {
        id: 'm2' as MeetingId,
        createdAt: 1,
        documents: [{ name: 'agenda' as const, epoch: 1, base }],
        // The token is taken.
        invitations: [{ ...invitation('i2'), token: 't1' as SecretHash }],
      }
      await expect(storage.createMeeting(second)).rejects.toThrow()
      expect(await storage.hasMeeting('m2' as MeetingId)).toBe(false)
      expect(await storage.load('m2' as MeetingId, 'agenda')).toBeNull()
    })

    test('a document that a later release has added to meetings begins empty, once, and only where there is a meeting', async () => {
      await storage.begin(meeting, 'caucus-us', 3)
      const begun = (await storage.load(meeting, 'caucus-us'))!
      expect([begun.epoch, begun.lineage, [...begun.base], begun.tail]).toEqual([3, 1, [0, 0], []])
      await storage.append([{ ...(await edit(7)), document: begun.key }])
      await storage.begin(meeting, 'caucus-us', 4)
      await storage.begin('m2' as MeetingId, 'caucus-us', 3)
      const again = (await storage.load(meeting, 'caucus-us'))!
      expect([again.key, again.epoch, again.tail.length]).toEqual([begun.key, 3, 1])
      expect(await storage.load('m2' as MeetingId, 'caucus-us')).toBeNull()
    })

    test('appended updates come back in order, byte for byte, in another process too', async () => {
      await storage.append([await edit(1), await edit(2, 2)])
      await storage.append([await edit(3)])
      const other = place.open()
      expect(await tailOf(other)).toEqual([[1], [2, 2], [3]])
      await other.close()
      expect(await storage.load(meeting, 'caucus-us')).toBeNull()
    })

    test('P7: a client id is whose update claims it first, in the same commit, and in another process too', async () => {
      const key = (await load()).key
      const [p1, p2] = ['p1', 'p2'] as PersonId[]
      expect(await storage.owners(key)).toEqual(new Map())
      await storage.append([
        { ...(await edit(1)), claims: [5, 2 ** 40] },
        { ...(await edit(2)), person: p2!, claims: [5, 6] },
      ])
      const other = place.open()
      expect(await other.owners(key)).toEqual(
        new Map([
          [5, p1],
          [6, p2],
          [2 ** 40, p1],
        ]),
      )
      await other.close()
      // An append that fails claims nothing.
      const broken = { ...(await edit(3)), claims: [7], bytes: null as unknown as Uint8Array }
      await expect(storage.append([{ ...(await edit(3)), claims: [8] }, broken])).rejects.toThrow()
      expect((await storage.owners(key)).size).toBe(3)
      expect(await storage.owners((await storage.load(meeting, 'ledger'))!.key)).toEqual(new Map())
    })

    test('folding takes just the rows that it was given', async () => {
      const [first] = await storage.append([await edit(1)])
      const [, third] = await storage.append([await edit(2), await edit(3)])
      await storage.fold((await load()).key, Uint8Array.of(9), [first!, third!])
      expect([...(await load()).base]).toEqual([9])
      expect(await tailOf()).toEqual([[2]])
    })

    test('a state is another with each update and lineage, in another process too, and the same after folding', async () => {
      const other = place.open()
      const states: unknown[] = []
      const note = async () => {
        const state = await storage.state(meeting, 'agenda')
        expect(await other.state(meeting, 'agenda')).toBe(state)
        states.push(state)
      }
      await note()
      const [row] = await storage.append([await edit(1)])
      await note()
      const { key } = await load()
      await storage.fold(key, Uint8Array.of(9), [row!])
      expect(await storage.state(meeting, 'agenda')).toBe(states.at(-1))
      await other.append([await edit(2)])
      await note()
      await storage.raise(key, 1, 2, { bytes: Uint8Array.of(3), at: 4000 })
      await note()
      const rows = (await load()).tail.map((one) => one.row)
      await storage.rebuild(key, rows, { epoch: 2, base: Uint8Array.of(7), former: Uint8Array.of(0) })
      await note()
      expect(new Set(states).size).toBe(5)
      const { key: ledger } = (await storage.load(meeting, 'ledger'))!
      await storage.append([{ ...(await edit(1)), document: ledger }])
      expect(await storage.state(meeting, 'agenda')).toBe(states.at(-1))
      expect(await storage.state('m2' as MeetingId, 'agenda')).toBeNull()
      expect(await storage.state(meeting, 'caucus-us')).toBeNull()
      await other.close()
    })

    test('an agenda is rebuilt once, from just what was read, and what it was stays in the log', async () => {
      const { key, lineage, former } = await load()
      expect([lineage, [...former]]).toEqual([1, [0]])
      const [first] = await storage.append([await edit(1)])
      const rebuilt = { epoch: 1, base: Uint8Array.of(7), former: Uint8Array.of(1, 5, 1) }
      expect(await storage.rebuild(key, [], rebuilt)).toBe(false)
      expect([(await load()).lineage, await tailOf()]).toEqual([1, [[1]]])
      expect(await storage.rebuild(key, [first!], rebuilt)).toBe(true)
      expect(await storage.rebuild(key, [first!], rebuilt)).toBe(false)
      const other = place.open()
      const found = await load(other)
      expect(found).toMatchObject({ lineage: 2, epoch: 1, tail: [] })
      expect([[...found.base], [...found.former]]).toEqual([[7], [1, 5, 1]])
      expect(found.key).not.toBe(key)
      // What attribution goes on from.
      expect([...(await storage.attributed(meeting))!.state]).toEqual([7])
      expect((await storage.unattributed(meeting, { rows: 9, bytes: 9, size: 9 }))!.rows).toEqual([])
      await other.close()
    })

    test('an epoch is raised once, together with what that changes, which is nobody’s', async () => {
      const { key } = await load()
      await storage.append([await edit(1)])
      const update = { bytes: Uint8Array.of(5, 5), at: 4000 }
      expect(await storage.raise(key, 2, 3, update)).toBe(false)
      expect([(await load()).epoch, await tailOf()]).toEqual([1, [[1]]])
      expect(await storage.raise(key, 1, 3, update)).toBe(true)
      expect(await storage.raise(key, 1, 3, update)).toBe(false)
      expect(await storage.raise(key, 3, 4, null)).toBe(true)
      const other = place.open()
      expect([(await load(other)).epoch, await tailOf(other)]).toEqual([4, [[1], [5, 5]]])
      await other.close()
      expect((await storage.unattributed(meeting, all))!.rows.map(({ person }) => person)).toEqual(['p1', nobody])
      expect((await storage.load(meeting, 'ledger'))!.epoch).toBe(1)
    })

    const mark = (by: string, field: string, at = 2000, language: 'en' | 'zh' | null = null): Mark => ({
      ...{ at, by: by as PersonId, kind: 'item', id: 'x1', field, language },
    })
    const all = { rows: 100, bytes: 1000, size: 100 }

    test('attribution begins with the document, and every update is attributed once, folded or not', async () => {
      const [first, second] = await storage.append([await edit(1), await edit(2)])
      await storage.fold((await load()).key, Uint8Array.of(9), [first!, second!])
      const [third] = await storage.append([await edit(3)])
      const currentWay = await storage.unattributed(meeting, all)
      expect(currentWay).toEqual({
        turn: 0,
        size: 3,
        rows: [first, second, third].map((row, index) => ({
          ...{ row, person: 'p1', at: 2000, bytes: Uint8Array.of(index + 1) },
        })),
      })
      expect(await storage.attributed(meeting)).toEqual({ state: base, since: [] })
      const attributed = { state: Uint8Array.of(7, 7), rows: [first!, third!], marks: [], most: 10 }
      expect(await storage.attribute(meeting, 0, attributed)).toBe(true)
      const left = await storage.unattributed(meeting, all)
      expect([left?.turn, left?.size, left?.rows.map(({ row }) => row)]).toEqual([1, 2, [second]])
      expect(await storage.attributed(meeting)).toEqual({ state: Uint8Array.of(7, 7), since: [] })
      // Folding goes its own way.
      expect(await tailOf()).toEqual([[3]])
      expect(await storage.unattributed('m2' as MeetingId, all)).toBeNull()
      expect(await storage.attributed('m2' as MeetingId)).toBeNull()
    })

    test('what is told without storing the document stands beside it until it is stored', async () => {
      const [first, second, third] = await storage.append([await edit(1), await edit(2), await edit(3)])
      const attributed = { state: null, marks: [], most: 10 }
      expect(await storage.attribute(meeting, 0, { ...attributed, rows: [first!] })).toBe(true)
      expect(await storage.attribute(meeting, 1, { ...attributed, rows: [third!] })).toBe(true)
      expect(await storage.attributed(meeting)).toEqual({ state: base, since: [Uint8Array.of(1), Uint8Array.of(3)] })
      expect((await storage.unattributed(meeting, all))?.rows.map(({ row }) => row)).toEqual([second])
      expect(await storage.attribute(meeting, 2, { ...attributed, state: Uint8Array.of(8), rows: [second!] })).toBe(
        true,
      )
      expect(await storage.attributed(meeting)).toEqual({ state: Uint8Array.of(8), since: [] })
      expect((await storage.unattributed(meeting, all))?.rows).toEqual([])
    })

    test('updates are told in portions, of which none is empty', async () => {
      await storage.append([await edit(1, 1, 1), await edit(2), await edit(3)])
      const rows = async (most: { rows: number; bytes: number; size?: number }) =>
        (await storage.unattributed(meeting, { size: 3, ...most }))?.rows.map(({ bytes }) => bytes[0])
      expect(await rows({ rows: 2, bytes: 1000 })).toEqual([1, 2])
      expect(await rows({ rows: 100, bytes: 1 })).toEqual([1])
      expect(await rows({ rows: 100, bytes: 4 })).toEqual([1, 2])
      // What is too large to be read is not asked for its rows.
      expect(await rows({ rows: 100, bytes: 1000, size: 2 })).toEqual([])
    })

    test('of two who tell the same at once, one is told to begin again, and nothing is told twice', async () => {
      const [row] = await storage.append([await edit(1)])
      const other = place.open()
      const attribute = (by: Storage, field: string) =>
        by.attribute(meeting, 0, { state: Uint8Array.of(1), rows: [row!], marks: [mark('p1', field)], most: 10 })
      expect(await attribute(storage, 'minutes')).toBe(true)
      expect(await attribute(other, 'topic')).toBe(false)
      expect((await other.marks(meeting, 0, 10)).map(({ field }) => field)).toEqual(['minutes'])
      await other.close()
    })

    test('of a person’s marks on one thing the last stands, and those told after a turn are found', async () => {
      const attribute = (turn: number, ...marks: Mark[]) =>
        storage.attribute(meeting, turn, { state: base, rows: [], marks, most: 3 })
      await attribute(0, mark('p1', 'title', 2000, 'en'), mark('p2', 'title', 2001, 'en'))
      await attribute(1, mark('p1', 'title', 2002, 'zh'))
      await attribute(2, mark('p1', 'title', 2003, 'en'), { ...mark('p1', 'rule', 2004), kind: 'meeting', id: null })
      const found = async (turn: number, most = 10) =>
        (await storage.marks(meeting, turn, most)).map(({ by, id, field, language, at }) => [
          by,
          id,
          field,
          language,
          at,
        ])
      expect(await found(2)).toEqual([
        ['p1', null, 'rule', null, 2004],
        ['p1', 'x1', 'title', 'en', 2003],
      ])
      expect((await found(0)).slice(2)).toEqual([
        ['p1', 'x1', 'title', 'zh', 2002],
        ['p2', 'x1', 'title', 'en', 2001],
      ])
      expect((await found(0, 1)).length).toBe(1)
      // The oldest of whoever has too many go, and nobody else’s.
      await attribute(3, mark('p1', 'topic', 2005))
      expect((await found(0)).map(([by, , field, language]) => `${by} ${field} ${language}`).sort()).toEqual([
        'p1 rule null',
        'p1 title en',
        'p1 topic null',
        'p2 title en',
      ])
    })

    test('who has made a mark is known by name, also when their invitation no longer stands', async () => {
      await enter('li', 'p1')
      await storage.revokeInvitation('i1' as InvitationId, 9000)
      const found = await storage.members(meeting, ['p1', 'p9'] as PersonId[])
      expect(found.map(({ person, name, side }) => [person, name, side])).toEqual([['p1', 'LI', 'cn']])
      expect(await storage.members('m2' as MeetingId, ['p1' as PersonId])).toEqual([])
    })

    test('what somebody has seen is theirs, and what they have read since goes with the next', async () => {
      const [p1, p2] = ['p1', 'p2'] as PersonId[]
      const seen = (digest: string, at = 1) => ({ at, turn: 4, digest, agenda: new TextEncoder().encode(digest) })
      expect(await storage.seen(meeting, p1!)).toBeNull()
      await storage.setSeen(meeting, p1!, seen('a'))
      await storage.setSeen(meeting, p2!, seen('a', 2))
      await storage.addItemsRead(meeting, p1!, new Map(Object.entries({ x1: 'd1', x2: 'd2', x3: 'd3' })), 2)
      await storage.addItemsRead(meeting, p1!, new Map([['x2', 'd4']]), 2)
      expect([...(await storage.itemsRead(meeting, p1!))]).toEqual(Object.entries({ x3: 'd3', x2: 'd4' }))
      expect((await storage.itemsRead(meeting, p2!)).size).toBe(0)
      await storage.setSeen(meeting, p1!, seen('z', 9), true)
      expect(await storage.seen(meeting, p1!)).toEqual(seen('a'))
      expect((await storage.itemsRead(meeting, p1!)).size).toBe(2)
      await storage.setSeen(meeting, p1!, seen('b', 3))
      expect((await storage.itemsRead(meeting, p1!)).size).toBe(0)
      const other = place.open()
      expect(await other.seen(meeting, p1!)).toEqual(seen('b', 3))
      expect(await other.seen(meeting, p2!)).toEqual(seen('a', 2))
      expect(await other.seen('m2' as MeetingId, p1!)).toBeNull()
      await other.close()
    })

    test('an invitation is found by its id and by its token, and listed with its meeting', async () => {
      await storage.addInvitation(
        { ...invitation('i2'), side: null, role: 'observer', createdAt: 2000 },
        't2' as SecretHash,
      )
      expect(await storage.invitation('i1' as InvitationId)).toEqual(invitation('i1'))
      expect((await storage.invitationByToken('t2' as SecretHash))?.id).toBe('i2')
      expect(await storage.invitationByToken('t3' as SecretHash)).toBeNull()
      expect((await storage.invitations(meeting)).map((one) => one.id)).toEqual(['i1', 'i2'])
    })

    test('each invitation is listed with everybody who has come in by it, in the order of coming', async () => {
      await storage.addInvitation({ ...invitation('i2'), createdAt: 2000 }, 't2' as SecretHash)
      await storage.addInvitation({ ...invitation('i3'), createdAt: 2000 }, 't3' as SecretHash)
      await enter('wang "x"', 'p9')
      await enter('li', 'p1')
      expect((await come('wang "x"', 'p2', 'i1', 's2')).status).toBe('taken')
      await enter('zhao', 'p3', 'i3', 's3')
      await enter('sun', 'p4', 'i3', 's4')
      await storage.removePerson(meeting, 'p4' as PersonId, 4000)
      await storage.revokeInvitation('i1' as InvitationId, 5000)
      expect(await storage.invitations(meeting)).toEqual([
        {
          ...invitation('i1'),
          revokedAt: 5000,
          people: [
            { person: 'p9', name: 'WANG "X"' },
            { person: 'p1', name: 'LI' },
          ],
        },
        { ...invitation('i2'), createdAt: 2000, people: [] },
        { ...invitation('i3'), createdAt: 2000, people: [{ person: 'p3', name: 'ZHAO' }] },
      ])
      await storage.endSession(session)
      expect((await storage.invitations(meeting)).map(({ people }) => people.length)).toEqual([2, 0, 1])
    })

    test('P7: a name that looks like that of somebody in the meeting is taken, by whatever invitation', async () => {
      await storage.addInvitation({ ...invitation('i2'), role: 'observer', side: null }, 't2' as SecretHash)
      const first = await enter('li', 'p1')
      expect(await come('li', 'p2', 'i1', 's2')).toEqual({ status: 'taken' })
      expect(await come('li again', 'p2', 'i2', 's2')).toEqual({ status: 'taken' })
      expect((await enter('wang', 'p3', 'i1', 's3')).person).toBe('p3')
      expect(await storage.memberships(session)).toEqual([first])
      expect(await storage.memberships('s2' as SecretHash)).toEqual([])
      // Somebody removed may be let in again, under their name.
      await storage.removePerson(meeting, 'p1' as PersonId, 4000)
      expect((await come('li', 'p2', 'i1', 's2')).status).toBe('taken')
    })

    test('P7: whoever comes in has a new session, to which the one before goes over, and stays who they are', async () => {
      const first = await enter('li', 'p1')
      expect(await enter('li', 'p2', 'i1', 's2', 's1')).toEqual(first)
      expect(await storage.memberships(session)).toEqual([])
      expect(await storage.memberships('s2' as SecretHash)).toEqual([first])
      expect(await storage.lapsed([held('p1')])).toEqual([held('p1')])
      expect(await storage.lapsed([held('p1', 's2')])).toEqual([])
      const other = await enter('wang', 'p3', 'i1', 's3', 's2')
      expect(await storage.memberships('s3' as SecretHash)).toEqual([other])
      // A session that nobody has is none.
      expect((await come('li', 'p4', 'i1', 's4', 'made up')).status).toBe('taken')
    })

    test('P6: the same person by another invitation of their side has its rights, on every device', async () => {
      await storage.addInvitation({ ...invitation('i2'), role: 'observer' }, 't2' as SecretHash)
      await enter('li', 'p1')
      await storage.addCode({
        ...{ code: 'c' as SecretHash, expiresAt: 9000 },
        ...{ person: 'p1' as PersonId, by: 'p1' as PersonId },
      })
      await storage.enterByCode({ ...arrive('phone'), code: 'c' as SecretHash })
      const before = storage.stamp()
      const now = await enter('li', 'p2', 'i2', 's2', 's1')
      expect(now).toMatchObject({ person: 'p1', role: 'observer', invitation: 'i2' })
      expect(storage.stamp()).not.toBe(before)
      expect(await storage.memberships('phone' as SecretHash)).toEqual([now])
      expect(await storage.lapsed([held('p1', 'phone')])).toEqual([held('p1', 'phone')])
    })

    test('an invitation for one person is that person wherever it is opened', async () => {
      await storage.addInvitation({ ...invitation('i2'), personName: 'Li' }, 't2' as SecretHash)
      const first = await enter('li', 'p1', 'i2')
      expect(await enter('whatever', 'p2', 'i2', 's2')).toEqual(first)
      await storage.removePerson(meeting, 'p1' as PersonId, 4000)
      expect(await come('li', 'p3', 'i2', 's3')).toEqual({ status: 'removed' })
    })

    test('an invitation lets in nobody after its time, and no more people than it is for; who is in stays in', async () => {
      const limit = (expiresAt: number | null, mostPeople: number | null) =>
        storage.limitInvitation('i1' as InvitationId, { expiresAt, mostPeople })
      expect(await limit(3000, 2)).toBe(true)
      expect(await come('li', 'p1')).toEqual({ status: 'expired' })
      await enter('li', 'p1', 'i1', 's1', null, 2999)
      await enter('wang', 'p2', 'i1', 's2', null, 2999)
      expect(await come('zhao', 'p3', 'i1', 's3', null, 2999)).toEqual({ status: 'full' })
      expect((await enter('li', 'p9', 'i1', 's4', 's1')).person).toBe('p1')
      await limit(null, 2)
      await storage.removePerson(meeting, 'p2' as PersonId, 4000)
      await enter('zhao', 'p3', 'i1', 's3')
      expect((await storage.invitation('i1' as InvitationId))?.mostPeople).toBe(2)
      expect(await storage.limitInvitation('none' as InvitationId, { expiresAt: 1, mostPeople: 1 })).toBe(false)
    })

    test('a code lets in one device, once, for a time; a new one ends the one before', async () => {
      const person = 'p1' as PersonId
      const member = await enter('li', 'p1')
      const code = (name: string, by = person) =>
        storage.addCode({ code: name as SecretHash, person, by, expiresAt: 9000 })
      const use = (name: string, by: string, at = 8999) =>
        storage.enterByCode({ ...arrive(by, null, at), code: name as SecretHash })
      await code('c1')
      await code('c2')
      expect(await use('c1', 's2')).toEqual({ status: 'unknown' })
      expect(await use('c2', 's2', 9000)).toEqual({ status: 'unknown' })
      expect(await use('c2', 's2')).toEqual({ status: 'entered', member })
      expect(await use('c2', 's3')).toEqual({ status: 'unknown' })
      await code('c3', 'p9' as PersonId)
      await use('c3', 's3')
      const [{ sessions }] = (await storage.people(meeting)) as [MeetingPerson]
      expect(sessions.map(({ id, way }) => [id, way])).toEqual([
        ['id s1', 'link'],
        ['id s2', 'code'],
        ['id s3', 'organizer'],
      ])
      await code('c4')
      await storage.revokeInvitation('i1' as InvitationId, 5000)
      expect(await use('c4', 's4')).toEqual({ status: 'revoked' })
    })

    test('P6: somebody removed is out with all their sessions and codes, and back by a code alone, with none of these', async () => {
      const person = 'p1' as PersonId
      const other = await enter('wang', 'p2', 'i1', 's2')
      const member = await enter('li', 'p1')
      const code = (name: string, by: string) =>
        storage.addCode({ code: name as SecretHash, person, by: by as PersonId, expiresAt: 9000 })
      await code('c1', 'p1')
      const before = storage.stamp()
      await storage.removePerson(meeting, person, 5000)
      await storage.removePerson(meeting, person, 6000)
      expect(storage.stamp()).not.toBe(before)
      expect(await storage.lapsed([held('p1'), held('p2', 's2')])).toEqual([held('p1')])
      expect(await storage.memberships(session)).toEqual([])
      expect(await storage.withdrawn(session)).toEqual([meeting])
      expect(await storage.memberships('s2' as SecretHash)).toEqual([other])
      expect((await storage.people(meeting)).map((one) => one.removedAt)).toEqual([null, 5000])
      expect(await storage.members(meeting, [person])).toEqual([member])
      expect(await storage.enterByCode({ ...arrive('s3'), code: 'c1' as SecretHash })).toEqual({ status: 'unknown' })
      await code('c2', 'p2')
      expect((await storage.enterByCode({ ...arrive('s3'), code: 'c2' as SecretHash })).status).toBe('entered')
      expect(await storage.memberships(session)).toEqual([])
      expect(await storage.withdrawn(session)).toEqual([])
      expect((await storage.people(meeting))[1]?.sessions.map(({ id }) => id)).toEqual(['id s3'])
    })

    test('sessions are listed with their person, the link and the day of their last use, and each can be ended', async () => {
      const day = 24 * 3600_000
      await enter('li', 'p1')
      await storage.used(session, 3 * day + 5)
      await storage.used(session, 2 * day)
      const [person] = await storage.people(meeting)
      expect(person).toMatchObject({ person: 'p1', name: 'LI', joinedAt: 3000, removedAt: null })
      const own = { id: 'id s1' as SessionId, person: 'p1', at: 3000, way: 'link', invitation: 'i1', usedOn: 3 * day }
      expect(person?.sessions).toEqual([own])
      expect(await storage.sessionId(session, meeting)).toBe('id s1')
      expect(await storage.sessionId(session, 'm2' as MeetingId)).toBeNull()
      expect(await storage.endMembership('m2' as MeetingId, own.id)).toBe(false)
      const before = storage.stamp()
      expect(await storage.endMembership(meeting, own.id)).toBe(true)
      expect(storage.stamp()).not.toBe(before)
      expect(await storage.memberships(session)).toEqual([])
      expect(await storage.withdrawn(session)).toEqual([])
    })

    test('one session may be a member of several meetings', async () => {
      await storage.createMeeting({
        id: 'm2' as MeetingId,
        createdAt: 1,
        documents: [],
        invitations: [{ ...invitation('i9'), meeting: 'm2' as MeetingId, token: 't9' as SecretHash }],
      })
      await enter('li', 'p1')
      await enter('li', 'p2', 'i9', 's2', 's1')
      expect(await storage.memberships(session)).toEqual([])
      expect((await storage.memberships('s2' as SecretHash)).map((one) => one.meeting).sort()).toEqual(['m1', 'm2'])
      await storage.endSession('s2' as SecretHash)
      expect(await storage.memberships('s2' as SecretHash)).toEqual([])
      expect(await storage.withdrawn('s2' as SecretHash)).toEqual([])
    })

    test('P6: a revoked invitation ends its memberships, and another process sees that something changed', async () => {
      await enter('li', 'p1')
      const pair = held('p1')
      expect(await storage.withdrawn(session)).toEqual([])
      expect(await storage.lapsed([pair])).toEqual([])
      const before = storage.stamp()
      const other = place.open()
      expect(await other.revokeInvitation('i1' as InvitationId, 5000)).toBe(true)
      expect(await other.revokeInvitation('i1' as InvitationId, 6000)).toBe(true)
      expect(await other.revokeInvitation('none' as InvitationId, 5000)).toBe(false)
      await other.close()
      expect(storage.stamp()).not.toBe(before)
      expect(await storage.memberships(session)).toEqual([])
      expect(await storage.withdrawn(session)).toEqual([meeting])
      expect(await storage.withdrawn('s9' as SecretHash)).toEqual([])
      expect(await storage.lapsed([pair])).toEqual([pair])
      expect((await storage.invitation('i1' as InvitationId))?.revokedAt).toBe(5000)
      await storage.endSession(session)
      expect(await storage.withdrawn(session)).toEqual([])
    })

    test('versions are numbered within their meeting, whoever keeps them, and come newest first', async () => {
      const keep = (id: string, by: Storage = storage, words = id) => {
        const version = {
          id: id as VersionId,
          meeting,
          label: 'draft' as const,
          name: id,
          at: 7000,
          person: 'p1' as PersonId,
          personName: 'Li',
          role: 'delegate' as const,
          side: 'cn' as const,
          hash: `hash of ${words}`,
        }
        return by.addVersion(version, new TextEncoder().encode(words))
      }
      const other = place.open()
      const kept = [await keep('v1'), await keep('v2', other), await keep('v3')]
      await other.close()
      expect(kept.map((one) => one.number)).toEqual([1, 2, 3])
      expect(await storage.versions(meeting)).toEqual(kept.toReversed())
      const found = await storage.version(meeting, 'v2' as VersionId)
      expect([found?.version, new TextDecoder().decode(found?.agenda)]).toEqual([kept[1], 'v2'])
      expect(await storage.version(meeting, 'v9' as VersionId)).toBeNull()
      expect(await storage.version('m2' as MeetingId, 'v2' as VersionId)).toBeNull()
      await expect(keep('v1')).rejects.toThrow()
      expect((await storage.versions(meeting)).length).toBe(3)
      // What is unchanged takes no room twice, and is read as what it is.
      await keep('v4', storage, 'v2')
      const again = await storage.version(meeting, 'v4' as VersionId)
      expect([again?.version.number, new TextDecoder().decode(again?.agenda)]).toEqual([4, 'v2'])
      expect(await storage.versionBytes()).toEqual([{ meeting, count: 4, bytes: 6 }])
      expect(await storage.hasVersion(meeting, 'hash of v3')).toBe(true)
      expect(await storage.hasVersion(meeting, 'hash of v9')).toBe(false)
      expect(await storage.hasVersion('m2' as MeetingId, 'hash of v3')).toBe(false)
    })

    test('what is stored is known by meeting and link, and who has come by a link, too', async () => {
      await enter('li', 'p1')
      await enter('wang', 'p2', 'i1', 's2' as SecretHash)
      const code = 'c1' as SecretHash
      await storage.addCode({ code, person: 'p2' as PersonId, by: 'p2' as PersonId, expiresAt: 9000 })
      await storage.enterByCode({ ...arrive('s3'), code })
      await storage.append([await edit(1, 2, 3), { ...(await edit(4, 5)), person: nobody }])
      expect(await storage.logBytes()).toEqual(
        expect.arrayContaining([
          { meeting, link: 'i1', bytes: 3 },
          { meeting, link: null, bytes: 2 },
        ]),
      )
      expect(await storage.attendance('i1' as InvitationId, meeting)).toEqual({
        people: { link: 2, meeting: 2, server: 2 },
        sessions: { link: 3, meeting: 3, server: 3 },
      })
      expect((await storage.attendance('i9' as InvitationId, 'm2' as MeetingId)).people).toEqual({
        link: 0,
        meeting: 0,
        server: 2,
      })
    })

    test('a calendar address is its maker’s, and ends when it or their invitation is revoked, or they are removed', async () => {
      await enter('li', 'p1')
      const calendar = (id: string) => ({
        id: id as CalendarId,
        meeting,
        person: 'p1' as PersonId,
        language: 'zh' as const,
        lead: 'cn' as const,
        people: false,
        createdAt: 8000,
      })
      await storage.addCalendar(calendar('c1'), 't8' as SecretHash)
      await storage.addCalendar(calendar('c2'), 't9' as SecretHash)
      expect(await storage.calendars(meeting, 'p1' as PersonId)).toEqual([calendar('c1'), calendar('c2')])
      expect(await storage.calendars(meeting, 'p2' as PersonId)).toEqual([])
      expect(await storage.calendarByToken('t8' as SecretHash)).toEqual({ calendar: calendar('c1'), revoked: false })
      expect(await storage.calendarByToken('t7' as SecretHash)).toBeNull()
      expect(await storage.revokeCalendar(meeting, 'p2' as PersonId, 'c1' as CalendarId, 9000)).toBe(false)
      expect(await storage.revokeCalendar(meeting, 'p1' as PersonId, 'c1' as CalendarId, 9000)).toBe(true)
      expect(await storage.revokeCalendar(meeting, 'p1' as PersonId, 'c1' as CalendarId, 9000)).toBe(false)
      expect((await storage.calendarByToken('t8' as SecretHash))?.revoked).toBe(true)
      expect(await storage.calendars(meeting, 'p1' as PersonId)).toEqual([calendar('c2')])
      const { person } = await enter('wang', 'p2', 'i1', 's2')
      await storage.addCalendar({ ...calendar('c3'), person }, 't10' as SecretHash)
      await storage.removePerson(meeting, person, 9400)
      expect((await storage.calendarByToken('t10' as SecretHash))?.revoked).toBe(true)
      expect((await storage.calendarByToken('t9' as SecretHash))?.revoked).toBe(false)
      await storage.revokeInvitation('i1' as InvitationId, 9500)
      expect((await storage.calendarByToken('t9' as SecretHash))?.revoked).toBe(true)
    })

    test('of two who keep what a calendar said at once, one is told to begin again', async () => {
      const other = place.open()
      expect(await storage.revisions(meeting)).toBeNull()
      expect(await storage.setRevisions(meeting, null, 'a')).toBe(true)
      expect(await other.setRevisions(meeting, null, 'b')).toBe(false)
      expect(await other.setRevisions(meeting, 'a', 'b')).toBe(true)
      expect(await storage.setRevisions(meeting, 'a', 'c')).toBe(false)
      expect(await storage.revisions(meeting)).toBe('b')
      await other.close()
    })

    test('a meeting is kept until a day, or until it is deleted, and asked about once', async () => {
      const organizer = (await enter('li', 'p1')).person
      expect(await storage.ending(meeting)).toEqual({ retainUntil: null, asked: null })
      expect(await storage.setRetention('m2' as MeetingId, '2027-03-31')).toBe(false)
      expect(await storage.setRetention(meeting, '2027-03-31')).toBe(true)
      expect(await storage.setRetention(meeting, '2027-04-30')).toBe(true)
      await storage.askDeletion(meeting, organizer, 5000)
      await storage.askDeletion(meeting, 'p2' as PersonId, 6000)
      const other = place.open()
      expect(await other.ending(meeting)).toEqual({ retainUntil: '2027-04-30', asked: { person: organizer, at: 5000 } })
      expect(await other.retained()).toEqual([{ meeting, until: '2027-04-30' }])
      await other.withdrawDeletion(meeting)
      await other.setRetention(meeting, null)
      await other.close()
      expect(await storage.ending(meeting)).toEqual({ retainUntil: null, asked: null })
      expect(await storage.retained()).toEqual([])
    })

    test('P6: a deleted meeting is gone with all that was of it, for good, and another process sees that something changed', async () => {
      const { person } = await enter('li', 'p1')
      const { key } = await load()
      await storage.append([{ ...(await edit(4)), claims: [7] }])
      const other = place.open()
      const stamp = await other.stamp()
      expect(await storage.deleteMeeting('m2' as MeetingId, 9000)).toBe(false)
      expect(await other.stamp()).toBe(stamp)
      expect(await storage.deleteMeeting(meeting, 9000)).toBe(true)
      expect(await storage.deleteMeeting(meeting, 9000)).toBe(false)
      await storage.wipe()
      expect(await other.stamp()).not.toBe(stamp)
      expect(await other.wasDeleted(meeting)).toBe(true)
      expect(await other.wasDeleted('m2' as MeetingId)).toBe(false)
      expect([await other.meetings(), await other.memberships(session), await other.withdrawn(session)]).toEqual([
        [],
        [],
        [],
      ])
      const held = { session, person, role: 'delegate', side: 'cn' } as const
      expect(await other.lapsed([held])).toEqual([held])
      expect(await other.load(meeting, 'agenda')).toBeNull()
      expect([await other.invitationByToken('t1' as SecretHash), (await other.owners(key)).size]).toEqual([null, 0])
      await other.close()
      // What somebody still had for it is not stored, and what others had is.
      const again = { id: 'm3' as MeetingId, createdAt: 1, invitations: [] }
      await storage.createMeeting({ ...again, documents: [{ name: 'agenda', epoch: 1, base }] })
      const fresh = (await storage.load(again.id, 'agenda'))!
      expect(fresh.key).toBeGreaterThan(key)
      const late = { bytes: Uint8Array.of(5), person, session, at: 2000 }
      const rows = await storage.append([
        { ...late, document: key },
        { ...late, document: fresh.key },
      ])
      expect(rows).toEqual([null, expect.any(Number)])
      expect((await storage.load(again.id, 'agenda'))?.tail.map((one) => [...one.bytes])).toEqual([[5]])
      await expect(
        storage.createMeeting({ ...again, id: meeting, documents: [{ name: 'agenda', epoch: 1, base }] }),
      ).rejects.toThrow()
    })
  })
}
