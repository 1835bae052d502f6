/** Folders that may not be looked into, and disks that fail meanwhile: files that are not found are told, never left out in silence. */

import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import patches from '../../src/sources/patches/spec.js'
import slides from '../../src/sources/slides/spec.js'
import { folderOf, refsOf } from './support.js'

const { readdir } = fs

/** Folders fail so whose last name is one of these: to root, as whom tests may run, none is closed. */
function failAt(t: ExecutionContext, names: readonly string[], code: string): void {
  const failing = (place: string, options: object, done: (error: Error | null) => void) =>
    names.includes(path.basename(String(place))) ? done(Object.assign(new Error(code), { code })) : readdir(place, options as never, done)
  const looksBy = (one: typeof readdir) => {
    fs.readdir = one
    syncBuiltinESMExports()
  }
  looksBy(failing as never)
  // Before the folder of the test goes, which is looked through as well.
  t.teardown(() => looksBy(readdir))
}

test.serial('folders that may not be looked into are named, and what is beside them is found', async (t) => {
  const folder = await folderOf(t, { 'in/a.svs': '', 'in/shut/b.svs': '', 'lost+found/x': '', 'pictures/shut/c.png': '' })
  failAt(t, ['shut', 'lost+found'], 'EACCES')
  const refs = await refsOf(slides, { glob: '**/*.svs' }, folder)
  t.deepEqual(
    refs.map(({ id }) => id),
    ['a'],
  )
  const said = async (glob: string[]) => (await slides.load()).warnings!({ glob } as never, folder)
  const leavesOut = `slides.glob leaves out what lies in`
  const [shut, pictures] = ['in/shut', 'pictures/shut'].map((name) => path.join(folder, name))
  t.deepEqual(await said(['in/**/*.svs']), [`${leavesOut} a folder that may not be looked into: ${shut} (EACCES)`])
  t.deepEqual(await said(['**/*.svs']), [`${leavesOut} 2 folders that may not be looked into: ${shut} (EACCES), ${pictures} (EACCES)`])
  t.deepEqual(await said(['in/*.svs']), [])
  await t.throwsAsync(refsOf(slides, { glob: 'in/shut/*.svs' }, folder), { code: 'NO_SLIDES' })
  const none = await t.throwsAsync<Error & { hint: string }>(refsOf(patches, { folder: 'pictures' }, folder), { code: 'NO_SLIDES' })
  t.is(none.hint, `patches.folder leaves out what lies in a folder that may not be looked into: ${pictures} (EACCES)`)
})

test.serial('a disk that fails while folders are looked through is an error: nobody knows which files there are', async (t) => {
  const folder = await folderOf(t, { 'a.svs': '', 'in/b.svs': '' })
  failAt(t, ['in'], 'ESTALE')
  await t.throwsAsync(refsOf(slides, { glob: '**/*.svs' }, folder), {
    code: 'FILE_UNREADABLE',
    message: `the folder ${path.join(folder, 'in')} cannot be looked into (ESTALE)`,
  })
  failAt(t, ['in'], 'EMFILE')
  await t.throwsAsync(refsOf(slides, { glob: '**/*.svs' }, folder), { code: 'EMFILE' })
  failAt(t, ['in'], 'ENOENT')
  t.is((await refsOf(slides, { glob: '**/*.svs' }, folder)).length, 1)
})
