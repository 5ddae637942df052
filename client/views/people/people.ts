import { useEffect, useState } from 'react'
import type { PersonId } from '../../../shared/domain/agenda.ts'
import type { Answer, MeetingPerson, NewCode } from '../../store/api.ts'
import { useMeeting, useShell } from '../shell/shell.ts'
import { useIdentityWords } from './identity.ts'

/** Milliseconds between two looks while they are shown. */
const again = 4000

interface Made {
  readonly person: PersonId
  readonly code: NewCode
  /** Those that there were. */
  readonly sessions: ReadonlySet<string>
}

interface People {
  /** Those whom one may see, oneself among them; null until loaded. */
  readonly people: readonly MeetingPerson[] | null
  readonly problem: string | null
  /** The latest code, and for whom it is. */
  readonly made: Made | null
  /** Whether that code has let somebody in. */
  readonly used: boolean
  readonly busy: boolean
  readonly makeCode: (person: PersonId) => Promise<void>
  readonly endSession: (id: string) => Promise<void>
  readonly remove: (person: PersonId) => Promise<void>
}

/** The people of the meeting and their sessions, as the server has them. */
export function usePeople(): People {
  const words = useIdentityWords()
  const { api } = useShell()
  const meeting = useMeeting((state) => state.membership.meeting)
  const [people, setPeople] = useState<People['people']>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [made, setMade] = useState<Made | null>(null)
  const [busy, setBusy] = useState(false)
  const told = <T>(answer: Answer<T>): answer is Extract<Answer<T>, { status: 'ok' }> => {
    if (answer.status === 'ok') return true
    const { status } = answer
    setProblem(
      status === 'unreachable' ? words('devices.unreachable') : words('devices.failed', { message: answer.message }),
    )
    return false
  }
  async function load() {
    const answer = await api.call('people', { meeting })
    if (told(answer)) setPeople(answer.value.people)
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: for as long as they are shown
  useEffect(() => {
    void load()
    const timer = setInterval(() => document.visibilityState === 'visible' && void refresh(), again)
    return () => clearInterval(timer)
  }, [])
  /** Others come in meanwhile. What fails is tried again. */
  async function refresh() {
    const answer = await api.call('people', { meeting })
    if (answer.status === 'ok') setPeople(answer.value.people)
  }
  async function change(ask: () => Promise<Answer<null>>) {
    setProblem(null)
    if (told(await ask())) await load()
  }
  const used = made !== null && [...idsOf(people, made.person)].some((id) => !made.sessions.has(id))
  return {
    ...{ people, problem, made, used, busy },
    async makeCode(person) {
      if (busy) return
      setBusy(true)
      setProblem(null)
      const answer = await api.call('makeCode', { meeting, person })
      setBusy(false)
      if (!told(answer)) return
      setMade({ person, code: answer.value, sessions: idsOf(people, person) })
    },
    endSession: (id) => change(() => api.call('endSession', { meeting, session: id })),
    remove: (person) => change(() => api.call('removePerson', { meeting, person })),
  }
}

function idsOf(people: People['people'], person: PersonId): ReadonlySet<string> {
  return new Set(people?.find(({ id }) => id === person)?.sessions.map(({ id }) => id))
}
