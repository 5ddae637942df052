import { createInterface } from 'node:readline/promises'
import { listen } from '../process/guard.ts'
import { serve } from '../process/serve.ts'
import { run } from './command.ts'

// Whoever reads what is printed may stop early, as "head" does.
const stopped = ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1)
listen(process.stdout, 'error', stopped, () => process.exit(1))

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  serve: (env) => serve(env, { withSample: false }),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  now: Date.now,
  async ask(question) {
    const lines = createInterface({ input: process.stdin })
    process.stderr.write(question)
    try {
      for await (const line of lines) return line
      return null
    } finally {
      lines.close()
    }
  },
})
