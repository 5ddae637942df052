import { type ReactElement, useEffect, useState } from 'react'
import {
  type BackupImport,
  countEarlier,
  type Foreign,
  importBackup,
  isKnown,
  letGo,
  type Remainder,
  takeForeign,
} from '../../store/devicedata.ts'
import { mayWrite } from '../../store/meeting.ts'
import controls from '../../styles/controls.module.css'
import { useMeeting, useShell, useWorkspace } from '../shell/shell.ts'
import { RemainderList } from './DeviceData.tsx'
import { ForeignBackup } from './ForeignBackup.tsx'
import { useSaving } from './SavingWord.tsx'
import { useDeviceWords } from './words.ts'

/** Edits of this meeting on this device, not the server: from before a rebuild, or under another invitation. */
export interface Earlier {
  /** Null until the device has answered. */
  readonly list: readonly Remainder[] | null
  look(): Promise<void>
}

export function useEarlier(): Earlier {
  const workspace = useWorkspace()
  const [list, setList] = useState<readonly Remainder[] | null>(null)
  const look = async () => setList(await countEarlier(workspace))
  // biome-ignore lint/correctness/useExhaustiveDependencies: read once, and again when something was done about it
  useEffect(() => void look(), [workspace])
  return { list, look }
}

type Step =
  | { readonly status: 'resting' }
  | { readonly status: 'failed' }
  | { readonly status: 'brought'; readonly name: string; readonly imported: BackupImport }
  | { readonly status: 'taken'; readonly name: string | null }

export function EarlierChanges({ earlier }: { earlier: Earlier }): ReactElement | null {
  const t = useDeviceWords()
  const workspace = useWorkspace()
  const { storage } = useShell()
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
      const imported = await importBackup(workspace, await one.backup(), storage)
      setStep({ status: 'brought', name: one.name, imported })
      if (imported.status === 'foreign' && isKnown(workspace, imported)) void letGo(workspace, imported).then(look)
    } catch (error) {
      console.error('A copy could not be read', error)
      setStep({ status: 'failed' })
    }
  }
  function take(foreign: Foreign) {
    const refusal = takeForeign(workspace, foreign, storage)
    setStep(refusal === null ? { status: 'taken', name: foreign.own ? null : foreign.name } : { status: 'resting' })
    if (refusal === null) void letGo(workspace, foreign).then(look)
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
          <ForeignBackup
            imported={step.imported}
            file={step.name}
            take={take}
            leave={() => setStep({ status: 'resting' })}
          />
        )}
      </div>
    </>
  )
}
