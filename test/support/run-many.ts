/**
 * Runs the command line as often as it is told, in one process: a line of JSON on standard input is a list of arguments and what
 * TIASTREAM_TEST_THROW shall be; the answer is a line with the exit code and the events.
 */

import { createInterface } from 'node:readline'
import { main } from '../../src/cli/program.js'

interface Asked {
  readonly argv: readonly string[]
  readonly throws: unknown
}

const write = process.stderr.write.bind(process.stderr)

for await (const line of createInterface({ input: process.stdin })) {
  const { argv, throws } = JSON.parse(line) as Asked
  // Threads that start now get a copy.
  process.env.TIASTREAM_TEST_THROW = JSON.stringify(throws)
  process.exitCode = undefined
  let said = ''
  process.stderr.write = ((text: string) => {
    said += text
    return true
  }) as typeof process.stderr.write
  const code = await main(argv)
  process.stderr.write = write
  process.stdout.write(`${JSON.stringify({ code, said })}\n`)
}
process.exitCode = 0
