import { type ReactElement, Suspense } from 'react'
import { Guard } from './Guard.tsx'
import { UpdateLine } from './lazy.ts'
import { useUpdate } from './shell.ts'

/** Where a newer version, or a broken one, is told: above what is read, and in its own line. */
export function UpdateSpot(): ReactElement | null {
  if (useUpdate().status === 'none') return null
  return (
    <Guard extent="part">
      <Suspense fallback={null}>
        <UpdateLine />
      </Suspense>
    </Guard>
  )
}
