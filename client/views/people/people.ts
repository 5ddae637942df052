import { useEffect, useState } from 'react'
import type { PersonId } from '../../../shared/domain/agenda.ts'
import type { Answer, MeetingPerson, NewCode } from '../../store/api.ts'
import { useMeeting, useShell } from '../shell/shell.ts'
import { useIdentityWords } from './identity.ts'

interface People {
  /** Those whom one may see, oneself among them; null until loaded. */
  readonly people: readonly MeetingPerson[] | null
  readonly problem: string | null
  /** The latest code, and for whom it is. */
  readonly made: { readonly person: PersonId; readonly code: NewCode } | null
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
  const [made, setMade] = useState<People['made']>(null)
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
  // biome-ignore lint/correctness/useExhaustiveDependencies: loaded once, when they are first shown
  useEffect(() => {
    void load()
  }, [])
  async function change(ask: () => Promise<Answer<null>>) {
    setProblem(null)
    if (told(await ask())) await load()
  }
  return {
    ...{ people, problem, made, busy },
    async makeCode(person) {
      if (busy) return
      setBusy(true)
      setProblem(null)
      const answer = await api.call('makeCode', { meeting, person })
      setBusy(false)
      if (told(answer)) setMade({ person, code: answer.value })
    },
    endSession: (id) => change(() => api.call('endSession', { meeting, session: id })),
    remove: (person) => change(() => api.call('removePerson', { meeting, person })),
  }
}
