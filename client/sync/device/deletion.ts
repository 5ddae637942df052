import { usualTiming } from '../timing.ts'
import { type Browser, thisBrowser } from './browser.ts'
import { copyName, type DeviceCopyInfo, unregister } from './copylist.ts'
import { inTime } from './timer.ts'

/**
 * Deletes `copy`; tabs that have it open store nothing from then on. Rejects if the browser does not do it in time: a
 * sleeping tab can block it.
 */
export async function deleteCopy(
  copy: DeviceCopyInfo,
  { deviceLost } = usualTiming,
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
