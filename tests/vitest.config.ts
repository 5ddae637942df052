import { defineConfig } from 'vitest/config'

const root = new URL('..', import.meta.url).pathname

/** After so long a test hangs, ms: no time limit of anything that is tested, and busy machines take several times as long. */
const patience = 400_000

/** What settles by itself is waited for as long as a busy machine may take. */
const expectation = { poll: { timeout: 60_000 } }

/**
 * `unit` needs nothing but Node; `formats` has its files read by LibreOffice, pandoc, poppler and qpdf; `server` starts real
 * servers; `browser` drives real Chromium and needs the build. But for `unit`, one file runs at a time: they measure, and wait.
 */
export default defineConfig({
  test: {
    root,
    projects: [
      {
        test: {
          name: 'unit',
          root,
          include: ['tests/{domain,document,wire,export,import,client,sync,simulation,architecture}/**/*.test.ts'],
          testTimeout: patience,
          expect: expectation,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'formats',
          root,
          include: ['tests/formats/**/*.test.ts'],
          testTimeout: patience,
          hookTimeout: patience,
          expect: expectation,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'browser',
          root,
          include: ['tests/browser/**/*.test.ts'],
          testTimeout: patience,
          hookTimeout: patience,
          expect: expectation,
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          name: 'server',
          root,
          include: ['tests/server/**/*.test.ts'],
          testTimeout: patience,
          hookTimeout: patience,
          expect: expectation,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
