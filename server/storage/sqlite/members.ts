import type { InvitationId, Role, SessionId, Way } from '../../../shared/api/terms.ts'
import type { MeetingId, PersonId, Side } from '../../../shared/domain/agenda.ts'
import type { Arrival, Entered, MeetingSession, Member, Members, SecretHash } from '../members.ts'
import type { Database, Row } from './database.ts'

const memberOf = `
  SELECT people.meeting, people.id AS person, people.name, people.invitation, invitations.role, invitations.side,
    people.created_at, people.removed_at
  FROM people JOIN invitations ON invitations.id = people.invitation`
/** Whose rights have not ended. */
export const stands = 'invitations.revoked_at IS NULL AND people.removed_at IS NULL'

export function members({ run, one, all, transaction, lapsed }: Database): Omit<Members, 'stamp'> {
  const memberNow = (person: PersonId) => memberOfRow(one(`${memberOf} WHERE people.id = ?`, person) as Row)
  /** The session that has taken the place of `before` by the same way in, if nobody has used it yet. */
  const renewalOf = ({ before, plantable, at }: Arrival, wayIn: string) => {
    if (plantable) return
    return one(
      'SELECT session, person FROM renewals WHERE before = ? AND way_in = ? AND at > ?',
      ...[before, wayIn, at - mayAskAgainFor],
    ) as { session: SecretHash; person: PersonId } | undefined
  }
  const arrive = (session: SecretHash) => {
    const renewal = one('SELECT 1 FROM renewals WHERE session = ?', session)
    if (renewal !== undefined) run('DELETE FROM renewals WHERE session = ?', session)
  }
  /** Begins the session, to which the memberships of the one before go over, as this person. */
  const begin = (arrival: Arrival, person: PersonId, way: Way, wayIn: string): Entered => {
    const { session, id, at } = arrival
    const before = renewalOf(arrival, wayIn)?.session ?? arrival.before
    const others = one(
      'SELECT count(*) AS count FROM memberships WHERE person = ? AND session IS NOT ?',
      person,
      before,
    )
    if (Number(others?.count) >= mostDevices) return { status: 'crowded' }
    // Who it was may have been in the meeting with other rights.
    lapsed()
    if (before !== null) {
      run('UPDATE memberships SET session = ? WHERE session = ?', session, before)
      run('UPDATE OR REPLACE formers SET session = ? WHERE session = ?', session, before)
    }
    run('DELETE FROM renewals WHERE at <= ?', at - mayAskAgainFor)
    if (arrival.before !== null && !arrival.plantable) {
      run('INSERT OR REPLACE INTO renewals VALUES (?, ?, ?, ?, ?)', arrival.before, wayIn, person, session, at)
    }
    const member = memberNow(person)
    const known = one('SELECT person FROM memberships WHERE session = ? AND meeting = ?', session, member.meeting)
    if (known !== undefined && known.person !== person) {
      run('INSERT OR IGNORE INTO formers VALUES (?, ?)', session, known.person as string)
    }
    if (known?.person === person) {
      run(
        'UPDATE memberships SET used_on = ?, invitation = ? WHERE session = ? AND meeting = ?',
        ...[dayOf(at), member.invitation, session, member.meeting],
      )
    } else {
      run(
        'INSERT OR REPLACE INTO memberships VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        ...[session, member.meeting, person, at, id, way, member.invitation, dayOf(at)],
      )
    }
    return { status: 'entered', member }
  }

  return {
    async enter({ invitation, name, looks, person, ...arrival }) {
      const { at } = arrival
      return transaction((): Entered => {
        const link = one('SELECT * FROM invitations WHERE id = ?', invitation)
        if (link === undefined) return { status: 'unknown' }
        if (link.revoked_at !== null) return { status: 'revoked' }
        const before = renewalOf(arrival, invitation)?.session ?? arrival.before
        const own = all(
          `${memberOf} JOIN memberships ON memberships.person = people.id
           WHERE memberships.session = ? AND people.meeting = ? AND people.removed_at IS NULL`,
          ...[before, link.meeting as string],
        )
        const isFor = (id: unknown) =>
          one(`SELECT 1 FROM looks WHERE person = ? AND look IN (${marks(looks)})`, id as string, ...looks) !==
          undefined
        const meant =
          link.person_name === null ? undefined : one('SELECT * FROM people WHERE invitation = ?', invitation)
        const formers = all(
          `${memberOf} JOIN formers ON formers.person = people.id
           WHERE formers.session = ? AND people.meeting = ? AND people.removed_at IS NULL`,
          ...[before, link.meeting as string],
        )
        const selves = [...own, ...formers].filter(({ person: id }) =>
          meant === undefined ? isFor(id) : meant.id === id,
        )
        // Whoever comes by a link of another side is somebody else there: what they did stays with the side that did it.
        const self =
          selves.find((one) => one.invitation === invitation) ??
          selves.find((one) => meant !== undefined || one.side === link.side)
        const known = (meant?.id ?? self?.person) as PersonId | undefined
        // By the link of before, or by another name: until an organizer gives them a code.
        const isOut = one(
          `SELECT 1 FROM memberships JOIN people ON people.id = memberships.person
           WHERE memberships.session = ? AND people.meeting = ? AND removed_at IS NOT NULL`,
          ...[before, link.meeting as string],
        )
        if (isOut !== undefined) return { status: 'removed' }
        if (known !== undefined && self?.invitation === invitation) return begin(arrival, known, 'link', invitation)
        if (link.expires_at !== null && Number(link.expires_at) <= at) return { status: 'expired' }
        if (meant !== undefined)
          return meant.removed_at === null ? begin(arrival, known!, 'link', invitation) : { status: 'removed' }
        const used = one(
          'SELECT count(*) AS people FROM people WHERE invitation = ? AND removed_at IS NULL',
          invitation,
        )
        // Where more limits on who comes in belong.
        if (link.most_people !== null && Number(used?.people) >= Number(link.most_people)) return { status: 'full' }
        if (known !== undefined) {
          run('UPDATE people SET invitation = ? WHERE id = ?', invitation, known)
          return begin(arrival, known, 'link', invitation)
        }
        const taken = one(
          `SELECT people.id, removed_at, role, side, revoked_at FROM looks JOIN people ON people.id = looks.person
           JOIN invitations ON invitations.id = people.invitation
           WHERE looks.meeting = ? AND look IN (${marks(looks)}) AND people.id NOT IN (${marks(selves)})
           ORDER BY revoked_at IS NOT NULL`,
          ...[link.meeting as string, ...looks, ...selves.map((one) => one.person as string)],
        )
        // A link that an organizer has made for one whose own was revoked takes its place.
        const isTheirs = link.person_name !== null && taken?.revoked_at != null && taken.removed_at === null
        if (isTheirs && taken.side === link.side) {
          run('UPDATE people SET invitation = ? WHERE id = ?', invitation, taken.id as string)
          return begin(arrival, taken.id as PersonId, 'link', invitation)
        }
        if (taken !== undefined) return { status: 'taken' }
        run('INSERT INTO people VALUES (?, ?, ?, ?, ?, NULL)', person, link.meeting as string, invitation, name, at)
        for (const look of looks) run('INSERT INTO looks VALUES (?, ?, ?)', link.meeting as string, look, person)
        return begin(arrival, person, 'link', invitation)
      })
    },
    async enterByCode({ code, ...arrival }) {
      return transaction((): Entered => {
        const found = one('SELECT person, made_by FROM codes WHERE code = ? AND expires_at > ?', code, arrival.at)
        const again = renewalOf(arrival, code)
        if (found === undefined && again === undefined) return { status: 'unknown' }
        const person = (found?.person ?? again?.person) as PersonId
        run('DELETE FROM codes WHERE person = ?', person)
        const row = one(`${memberOf} WHERE people.id = ? AND invitations.revoked_at IS NULL`, person)
        if (row === undefined) return { status: 'revoked' }
        if (row.removed_at !== null) {
          // The sessions that they had do not come back.
          run('DELETE FROM memberships WHERE person = ?', person)
          run('DELETE FROM formers WHERE person = ?', person)
          run('UPDATE people SET removed_at = NULL WHERE id = ?', person)
        }
        return begin(arrival, person, found?.made_by === person ? 'code' : 'organizer', code)
      })
    },
    async isKnown(session, { meeting, side }, looks) {
      const row = one(
        `SELECT 1 FROM looks JOIN people ON people.id = looks.person JOIN invitations ON invitations.id = people.invitation
         WHERE people.meeting = ? AND side IS ? AND removed_at IS NULL AND look IN (${marks(looks)}) AND people.id IN
         (SELECT person FROM memberships WHERE session = ? UNION SELECT person FROM formers WHERE session = ?)`,
        ...[meeting, side, ...looks, session, session],
      )
      return row !== undefined
    },
    async isTaken(meeting, looks) {
      const row = one(
        `SELECT 1 FROM looks JOIN people ON people.id = looks.person JOIN invitations ON invitations.id = people.invitation
         WHERE looks.meeting = ? AND look IN (${marks(looks)}) AND (revoked_at IS NULL OR removed_at IS NOT NULL)`,
        ...[meeting, ...looks],
      )
      return row !== undefined
    },
    async codeOf(code, at) {
      const row = one(
        'SELECT meeting, invitation FROM codes JOIN people ON people.id = person WHERE code = ? AND expires_at > ?',
        ...[code, at],
      )
      return row === undefined ? null : (row as Pick<Member, 'meeting' | 'invitation'>)
    },
    async addCode({ code, person, by, expiresAt }) {
      run('INSERT OR REPLACE INTO codes VALUES (?, ?, ?, ?)', person, code, by, expiresAt)
    },
    async memberships(session) {
      const rows = all(
        `${memberOf} JOIN memberships ON memberships.person = people.id
         WHERE memberships.session = ? AND ${stands} ORDER BY memberships.at, people.meeting`,
        session,
      )
      return rows.map(memberOfRow)
    },
    async withdrawn(session) {
      const rows = all(
        `SELECT memberships.meeting FROM memberships JOIN people ON people.id = memberships.person
         JOIN invitations ON invitations.id = people.invitation WHERE memberships.session = ? AND NOT (${stands})`,
        session,
      )
      return rows.map(({ meeting }) => meeting as MeetingId)
    },
    async arrived(session) {
      arrive(session)
    },
    async used(session, at) {
      const day = dayOf(at)
      arrive(session)
      const older = one('SELECT 1 FROM memberships WHERE session = ? AND used_on < ?', session, day)
      if (older !== undefined) run('UPDATE memberships SET used_on = ? WHERE session = ?', day, session)
    },
    async sessionId(session, meeting) {
      const row = one('SELECT id FROM memberships WHERE session = ? AND meeting = ?', session, meeting)
      return (row?.id as SessionId | undefined) ?? null
    },
    async endSession(session) {
      lapsed()
      run('DELETE FROM memberships WHERE session = ?', session)
      run('DELETE FROM formers WHERE session = ?', session)
    },
    async endMembership(meeting, id) {
      lapsed()
      return run('DELETE FROM memberships WHERE meeting = ? AND id = ?', meeting, id).changes > 0
    },
    async people(meeting) {
      const sessions = all('SELECT * FROM memberships WHERE meeting = ? ORDER BY at, rowid', meeting).map(sessionOfRow)
      const rows = all(
        `${memberOf} WHERE people.meeting = ? AND revoked_at IS NULL ORDER BY people.created_at, people.rowid`,
        meeting,
      )
      return rows.map((row) => ({
        ...memberOfRow(row),
        joinedAt: Number(row.created_at),
        removedAt: row.removed_at === null ? null : Number(row.removed_at),
        sessions: sessions.filter(({ person }) => person === row.person),
      }))
    },
    async removePerson(meeting, person, at) {
      transaction(() => {
        lapsed()
        run('UPDATE people SET removed_at = coalesce(removed_at, ?) WHERE meeting = ? AND id = ?', at, meeting, person)
        run('DELETE FROM codes WHERE person = ?', person)
      })
    },
    async members(meeting, people) {
      return people.flatMap((person) => {
        const row = one(`${memberOf} WHERE people.id = ? AND people.meeting = ?`, person, meeting)
        return row === undefined ? [] : [memberOfRow(row)]
      })
    },
    async lapsed(held) {
      return held.filter(({ session, person, role, side }) => {
        const row = one(
          `SELECT 1 FROM memberships JOIN people ON people.id = memberships.person
           JOIN invitations ON invitations.id = people.invitation
           WHERE memberships.session = ? AND people.id = ? AND role = ? AND side IS ? AND ${stands}`,
          ...[session, person, role, side],
        )
        return row === undefined
      })
    },
  }
}

/** Of one person in a meeting. */
const mostDevices = 20

/** How long a page may ask again when it has had no answer, ms. */
const mayAskAgainFor = 10 * 60_000

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ')
}

function dayOf(at: number): number {
  return at - (at % (24 * 3600_000))
}

function memberOfRow(row: Row): Member {
  return {
    meeting: row.meeting as MeetingId,
    person: row.person as PersonId,
    name: row.name as string,
    role: row.role as Role,
    side: row.side as Side | null,
    invitation: row.invitation as InvitationId,
  }
}

function sessionOfRow(row: Row): MeetingSession {
  return {
    id: row.id as SessionId,
    person: row.person as PersonId,
    at: Number(row.at),
    way: row.way as Way,
    invitation: row.invitation as InvitationId,
    usedOn: Number(row.used_on),
  }
}
