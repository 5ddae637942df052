import { build } from 'vite'
import { EPOCH } from '../../shared/document/schema.ts'
import { root } from './server.ts'

/**
 * Builds the client into `folder`, beside what is there; `mark` is in all of its own scripts, so that none is an older one's.
 * `epoch`: that of a later release.
 */
export async function deploy(folder: string, mark: string, epoch: number = EPOCH): Promise<void> {
  const { NODE_ENV: before } = process.env
  process.env.NODE_ENV = 'production'
  try {
    await build({
      configFile: `${root}vite.config.ts`,
      logLevel: 'silent',
      build: { outDir: folder },
      plugins: [
        {
          name: 'mark',
          transform: (code, id) =>
            /\/client\/(?:views|editor)\/\w+\.tsx(?:\?|$)|\/client\/main\.tsx/.test(id)
              ? { code: `${code}\n;document.documentElement.dataset.release = ${JSON.stringify(mark)}`, map: null }
              : null,
        },
        {
          name: 'epoch',
          enforce: 'pre',
          transform: (code, id) =>
            id.endsWith('/shared/document/schema.ts')
              ? { code: code.replace(`EPOCH = ${EPOCH}`, `EPOCH = ${epoch}`), map: null }
              : null,
        },
      ],
    })
  } finally {
    if (before === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = before
  }
}
