import { expect, test } from 'vitest'
import { databaseCases } from '../../support/databases.ts'
import { memoryBrowser } from '../../support/memory.ts'

/* In real Chromium the same cases are run by `tests/browser/device.test.ts`. */

test.each(databaseCases)('in memory, $title', async ({ run, answer }) => {
  expect(await run(memoryBrowser().databases, 'one')).toEqual(answer)
})
