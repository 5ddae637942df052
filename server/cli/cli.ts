import { createInterface } from 'node:readline/promises'
import { serve } from '../process/serve.ts'
import { run } from './command.ts'

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
