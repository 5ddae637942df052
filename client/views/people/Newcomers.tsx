import { type ReactElement, useEffect, useState } from 'react'
import type { MeetingPerson } from '../../store/api.ts'
import controls from '../../styles/controls.module.css'
import { useDialogs } from '../shell/Dialogs.tsx'
import { useMeeting, usePreferences, useShell, useWords } from '../shell/shell.ts'
import { useIdentityWords } from './identity.ts'
import { markJoined } from './joined.ts'

/** How often an organizer's page asks who has joined, and at once when somebody appears, ms. */
const askAgain = 120_000
const mostNames = 5

/** Tells organizers that somebody new has come in by a link. */
export function Newcomers(): ReactElement | null {
  const t = useWords()
  const words = useIdentityWords()
  const { api, preferences } = useShell()
  const { open } = useDialogs()
  const { meeting, person: me } = useMeeting((state) => state.membership)
  const here = useMeeting((state) => state.presence.visitors.map(({ id }) => id).join(' '))
  const seenUntil = usePreferences((one) => one.joined[meeting])
  const [people, setPeople] = useState<readonly MeetingPerson[]>([])
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever has just come may be new
  useEffect(() => {
    let gone = false
    const ask = async () => {
      const answer = await api.call('people', { meeting })
      if (gone || answer.status !== 'ok') return
      // At the first visit there is nothing new.
      if (preferences.getState().joined[meeting] === undefined) markJoined(preferences, meeting, answer.value.people)
      setPeople(answer.value.people)
    }
    void ask()
    const timer = setInterval(() => void ask(), askAgain)
    return () => {
      gone = true
      clearInterval(timer)
    }
  }, [api, preferences, meeting, here])
  const news = people.filter(
    ({ id, joinedAt, removedAt }) => joinedAt > (seenUntil ?? Infinity) && id !== me.id && removedAt === null,
  )
  if (news.length === 0) return null
  const names = news.map(({ name }) => name)
  const shown = names.length > mostNames ? [...names.slice(0, mostNames), '…'] : names
  return (
    <section className={`${controls.banner} screen-only`} aria-label={words('joined.title')}>
      <p role="status">{words('joined.news', { names: shown.join(t('common.list')) })}</p>
      <button type="button" className={controls.link} onClick={() => open({ type: 'joined' })}>
        {words('joined.show')}
      </button>
      <button type="button" className={controls.link} onClick={() => markJoined(preferences, meeting, people)}>
        {words('joined.seen')}
      </button>
    </section>
  )
}
