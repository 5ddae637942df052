import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { patience } from './support/patience.ts'

const root = new URL('..', import.meta.url).pathname

/** After so long a test hangs, ms: the last resort behind the waits, which say what they wait for. */
const hanging = 240_000

/** Those that take longest, first, so that none of them is left over when the others are done. */
const longest = [
  'saving',
  'offline',
  'beyond',
  'meeting',
  'export',
  'versions',
  'device',
  'far',
  'accessibility',
  'changes',
  'storm',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const projects = ['browser', 'server', 'formats', 'unit']
    const rank = ({ project, moduleId }: TestSpecification) => {
      const place = longest.findIndex((name) => moduleId.endsWith(`/browser/${name}.test.ts`))
      return projects.indexOf(project.name) * 100 + (place < 0 ? longest.length : place)
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

const common = {
  root,
  testTimeout: hanging,
  hookTimeout: hanging,
  expect: { poll: { timeout: patience }, requireAssertions: true },
}

/** Side by side: they wait as much as they work, so that there is one more than cores. Nothing here is measured by the clock. */
const together = { maxWorkers: 3, sequence: { groupOrder: 1 } }

/**
 * `unit` needs nothing but Node; `formats` has its files read by LibreOffice, pandoc, poppler and qpdf; `server` starts real
 * servers; `browser` drives real Chromium and needs the build. One browser a worker: its files come one after the other.
 */
export default defineConfig({
  test: {
    root,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...common,
          ...together,
          name: 'unit',
          isolate: false,
          include: [
            'tests/{domain,document,wire,export,import,client,sync,simulation,architecture}/**/*.test.ts',
            'tests/server/unit/**/*.test.ts',
          ],
        },
      },
      { test: { ...common, ...together, name: 'formats', include: ['tests/formats/**/*.test.ts'] } },
      { test: { ...common, ...together, name: 'server', include: ['tests/server/*.test.ts'] } },
      {
        test: {
          ...common,
          ...together,
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          isolate: false,
        },
      },
    ],
  },
})
