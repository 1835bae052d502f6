/** The slides of a worklist. */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { PipelineError } from 'tiastream'

/** Columns that its slides carry into every row. */
export const columns = async () => [{ name: 'case', type: 'category', about: 'Case, as the worklist says.' }]

/** Yields what `openSlide` takes, one a line, in order. */
export default async function* slides({ file }, folder) {
  const lines = (await readFile(path.resolve(folder, file), 'utf8')).split('\n')
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue
    const { id, file: picture, mpp, case: name } = parsed(line, file, i + 1)
    yield { kind: 'slide', id, uri: path.resolve(folder, picture), mpp, carried: { case: name } }
  }
}

function parsed(line, file, number) {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new PipelineError('LIST_INVALID', `line ${number} of ${file} is no JSON`, { cause })
  }
}
