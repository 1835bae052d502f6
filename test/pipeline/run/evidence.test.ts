/** A set of many pictures is hashed once a run: the second look asks the file system, and reads them again only when it says another word. */

import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import path from 'node:path'
import test from 'ava'
import type { SlideRef } from '../../../src/core/slide.js'
import type { Plan } from '../../../src/pipeline/plan/plan-type.js'
import { evidenceOf, mustBeSame } from '../../../src/pipeline/run/evidence.js'
import { readers } from '../../../src/readers/registry.js'
import { tempFolder } from '../../support/temp.js'

let opened = 0
const { open } = fs
fs.open = (...args) => {
  opened++
  return open(...args)
}
syncBuiltinESMExports()

const plan = { stages: [], folder: '.', environment: { readers } } as unknown as Plan
const { signal } = new AbortController()

test.serial('a set that nobody touched is not opened again, and one of which a picture changed is found out', async (t) => {
  const folder = await tempFolder(t)
  const uris = Array.from({ length: 50 }, (_, i) => path.join(folder, `${i}.png`))
  // Times that can be set again: a Date holds no parts of a millisecond.
  const written = new Date('2026-01-02T03:04:05Z')
  for (const [i, uri] of uris.entries()) {
    await fs.writeFile(uri, `picture ${i}`)
    await fs.utimes(uri, written, written)
  }
  const ref: SlideRef = { kind: 'set', id: 'set', uri: folder, carried: {}, images: [...uris, uris[0]!].map((uri) => ({ uri })) }
  const before = await evidenceOf(ref, plan, signal)
  opened = 0
  await mustBeSame(before, ref, plan, signal)
  t.is(opened, 0)

  // Touched, and then as it was: the file system noted that something was done, so the content decides.
  const { atime, mtime } = await fs.stat(uris[7]!)
  await fs.utimes(uris[7]!, atime, new Date(0))
  await fs.utimes(uris[7]!, atime, mtime)
  await mustBeSame(before, ref, plan, signal)
  t.is(opened, 51)

  // Other content of the same length, with the time of before.
  await fs.writeFile(uris[7]!, 'PICTURE 7')
  await fs.utimes(uris[7]!, atime, mtime)
  await t.throwsAsync(mustBeSame(before, ref, plan, signal), { code: 'SLIDE_CHANGED' })
  await fs.rm(uris[7]!)
  await t.throwsAsync(mustBeSame(before, ref, plan, signal), { code: 'SLIDE_CHANGED' })
})

test.serial('a picture that is missing from the start is one that cannot be read; it may not come later', async (t) => {
  const folder = await tempFolder(t)
  const uri = path.join(folder, 'a.png')
  const ref: SlideRef = { kind: 'set', id: 'set', uri: folder, carried: {}, images: [{ uri }] }
  const before = await evidenceOf(ref, plan, signal)
  await mustBeSame(before, ref, plan, signal)
  await fs.writeFile(uri, 'here')
  await t.throwsAsync(mustBeSame(before, ref, plan, signal), { code: 'SLIDE_CHANGED' })
})
