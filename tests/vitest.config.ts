import { defineConfig } from 'vitest/config'

/**
 * `unit` needs nothing but Node; `formats` has its files read by LibreOffice, pandoc, poppler and qpdf; `server` starts real
 * servers; `browser` drives real Chromium and needs the build.
 */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    projects: [
      {
        test: {
          name: 'unit',
          root: new URL('..', import.meta.url).pathname,
          include: ['tests/{domain,document,wire,export,import,client,sync,simulation,architecture}/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'formats',
          root: new URL('..', import.meta.url).pathname,
          include: ['tests/formats/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'server',
          root: new URL('..', import.meta.url).pathname,
          include: ['tests/server/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'browser',
          root: new URL('..', import.meta.url).pathname,
          include: ['tests/browser/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
