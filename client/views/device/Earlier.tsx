import { type ReactElement, useEffect, useState } from 'react'
import {
  type Brought,
  bringBack,
  countEarlier,
  type Foreign,
  isKnown,
  letGo,
  type Remainder,
  takeForeign,
} from '../../store/keeping.ts'
import { mayWrite } from '../../store/meeting.ts'
import controls from '../../styles/controls.module.css'
import { useDesk, useMeeting, useShell } from '../shell/shell.ts'
import { BroughtBack } from './BroughtBack.tsx'
import { useKeepingWords } from './keeping.ts'
import { RemainderList } from './Remains.tsx'
import { useSaving } from './SavingWord.tsx'

/** Edits of this meeting on this device, not the server: from before a rebuild, or under another invitation. */
export interface Earlier {
  /** Null until the device has answered. */
  readonly list: readonly Remainder[] | null
  look(): Promise<void>
}

export function useEarlier(): Earlier {
  const desk = useDesk()
  const [list, setList] = useState<readonly Remainder[] | null>(null)
  const look = async () => setList(await countEarlier(desk))
  // biome-ignore lint/correctness/useExhaustiveDependencies: read once, and again when something was done about it
  useEffect(() => void look(), [desk])
  return { list, look }
}

type Step =
  | { readonly status: 'resting' }
  | { readonly status: 'failed' }
  | { readonly status: 'brought'; readonly name: string; readonly brought: Brought }
  | { readonly status: 'taken'; readonly name: string | null }

export function EarlierChanges({ earlier }: { earlier: Earlier }): ReactElement | null {
  const t = useKeepingWords()
  const desk = useDesk()
  const { shelf } = useShell()
  const writes = useMeeting(mayWrite)
  const [step, setStep] = useState<Step>({ status: 'resting' })
  const saving = useSaving()
  const { list: found, look } = earlier
  const list = found ?? []
  const countOf = (former: boolean) =>
    list.reduce((sum, one) => sum + (one.former === former ? (one.edits ?? 0) : 0), 0)
  const [count, former] = [countOf(false), countOf(true)]

  async function bring(one: Remainder) {
    try {
      const brought = await bringBack(desk, await one.backup(), shelf)
      setStep({ status: 'brought', name: one.name, brought })
      if (brought.status === 'foreign' && isKnown(desk, brought)) void letGo(desk, brought).then(look)
    } catch (error) {
      console.error('A copy could not be read', error)
      setStep({ status: 'failed' })
    }
  }
  function take(foreign: Foreign) {
    const refusal = takeForeign(desk, foreign, shelf)
    setStep(refusal === null ? { status: 'taken', name: foreign.own ? null : foreign.name } : { status: 'resting' })
    if (refusal === null) void letGo(desk, foreign).then(look)
  }

  return (
    <>
      {count > 0 && <p className={controls.bad}>{t('where.earlier', { count })}</p>}
      {former > 0 && <p className={controls.bad}>{t('where.former', { count: former })}</p>}
      {saving.status !== 'unread' && list.some((one) => one.edits === null) && (
        <p className={controls.bad}>{t('where.unreadBefore')}</p>
      )}
      {list.length > 0 && (
        <>
          <RemainderList list={list} removed={() => void look()} {...(writes ? { bring } : {})} />
          <p className={controls.hint}>{t('remains.text')}</p>
        </>
      )}
      <div role="status">
        {step.status === 'failed' && <p className={controls.bad}>{t('remains.unread')}</p>}
        {step.status === 'taken' && (
          <p>{step.name === null ? t('backup.takenOwn') : t('backup.taken', { name: step.name })}</p>
        )}
        {step.status === 'brought' && (
          <BroughtBack
            brought={step.brought}
            file={step.name}
            take={take}
            leave={() => setStep({ status: 'resting' })}
          />
        )}
      </div>
    </>
  )
}
