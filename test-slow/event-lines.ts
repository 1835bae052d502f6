/** Events as a run or a worker prints them: JSON, one a line, with other lines between them. */

import type { Readable } from 'node:stream'

/** Tells each event as it comes. What is printed last and ends without a line end is not told: its writer was killed in the middle of it. */
export function eachEvent<E>(stream: Readable, tell: (event: E) => void): void {
  let rest = ''
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const line of lines) if (line.startsWith('{')) tell(JSON.parse(line) as E)
  })
}
