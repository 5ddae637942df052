import { type ReactElement, Suspense } from 'react'
import { Guard } from './Guard.tsx'
import { UpdateLine } from './lazy.ts'
import { useUpdate } from './shell.ts'

/** Where a newer or a broken version is announced: above the content, on a line of its own. */
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
