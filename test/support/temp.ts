/** A folder for one test, removed after it. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ExecutionContext } from 'ava'

export async function tempFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-test-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}
