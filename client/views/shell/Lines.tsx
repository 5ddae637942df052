import type { ReactElement } from 'react'
import { ChangesLine } from '../changes/ChangesLine.tsx'
import { EndingLine } from '../ending/EndingLine.tsx'
import { FillingLine } from '../outline/FillingLine.tsx'

/** The lines above the agenda that can wait until it is readable. */
export function Lines(): ReactElement {
  return (
    <>
      <EndingLine />
      <FillingLine />
      <ChangesLine />
    </>
  )
}
