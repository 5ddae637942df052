import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** What axe finds on a page that keeps somebody out: serious or critical, by WCAG 2.2 AA and good practice. */
export async function barriers(page: Page, except?: string): Promise<string[]> {
  // A page without frames needs no second page to put the findings together in, and nobody reads every node that is well:
  // a quarter of the work.
  const axe = new AxeBuilder({ page })
    .setLegacyMode(page.frames().length === 1)
    .options({ resultTypes: ['violations'] })
  const { violations, passes } = await (except === undefined ? axe : axe.exclude(except)).analyze()
  expect(passes.length).toBeGreaterThan(10)
  return violations
    .filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(' ')} (${node.html.slice(0, 120)})`))
}

/** In both languages, light and dark, at a desk and on a phone. */
export const looks = [
  { language: 'en', dark: false, width: 1440 },
  { language: 'zh', dark: true, width: 1440 },
  { language: 'en', dark: true, width: 390 },
  { language: 'zh', dark: false, width: 390 },
] as const
