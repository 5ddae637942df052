import { steadyTempo } from '../tempo.ts'
import { type Browser, thisBrowser } from './browser.ts'
import { copyName, type DeviceCopyInfo, unregister } from './copylist.ts'
import { inTime } from './timer.ts'

/**
 * Deletes `copy`; tabs that have it open keep nothing from now on. Rejects when the browser does not do it in time: a tab
 * that sleeps can stand in its way.
 */
export async function deleteCopy(
  copy: DeviceCopyInfo,
  { deviceLost } = steadyTempo,
  { databases, openTabs, storage, timer }: Browser = thisBrowser(),
): Promise<void> {
  const tabs = openTabs(copyName(copy), () => {})
  tabs?.postMessage('cleared')
  try {
    await inTime(databases.remove(copyName(copy)), deviceLost, timer)
  } finally {
    tabs?.close()
  }
  unregister(copy, storage)
}
