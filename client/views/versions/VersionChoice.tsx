import type { ReactElement } from 'react'
import type { VersionId } from '../../store/api.ts'
import { Choice } from '../shell/Choice.tsx'
import { useLateWords, useVersionName, useVersions } from './late.ts'

/** Chooses a version, or the current agenda. */
export function VersionChoice({
  label,
  value,
  choose,
  now = false,
}: {
  label: string
  value: VersionId | 'now'
  choose: (value: VersionId | 'now') => void
  now?: boolean
}): ReactElement {
  const t = useLateWords()
  const name = useVersionName()
  const { list } = useVersions()
  const options: (VersionId | 'now')[] = [...(now ? (['now'] as const) : []), ...list.map((one) => one.id)]
  if (!options.includes(value)) options.push(value)
  return (
    <Choice
      look="boxed"
      label={label}
      value={value}
      options={options}
      name={(id) => {
        const version = list.find((one) => one.id === id)
        return version ? [name(version), version.name].filter((one) => one !== '').join(' · ') : t('versions.now')
      }}
      choose={choose}
    />
  )
}
