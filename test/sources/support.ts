/** Folders made for one test, and what a source yields from them. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import { objectOf } from '../../src/core/options.js'
import type { Column } from '../../src/core/row.js'
import type { SlideRef } from '../../src/core/slide.js'
import type { AnySourceSpec } from '../../src/core/source.js'

/** A folder with the named files; a value is its content. Gone after the test. */
export async function folderOf(t: ExecutionContext, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
    await writeFile(path.join(folder, name), content)
  }
  return folder
}

export async function refsOf(spec: AnySourceSpec, options: Record<string, unknown>, folder: string): Promise<SlideRef[]> {
  const source = await spec.load()
  const refs: SlideRef[] = []
  for await (const ref of source.default(objectOf(spec.options).parse(options), folder)) refs.push(ref)
  return refs
}

export async function columnsOf(spec: AnySourceSpec, options: Record<string, unknown>, folder: string): Promise<readonly Column[]> {
  return (await spec.load()).columns(objectOf(spec.options).parse(options), folder)
}
