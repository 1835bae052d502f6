/**
 * All fast tests, the files of a folder in one thread: most of the work of a thread is to load ava and the program.
 * `npx ava` without this runs each file in a thread of its own, as the tests of one file are run.
 */

import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { testsIn, writePacks } from './ava.packs.js'

/** So many files a thread, at most: a thread that works long when all others are done keeps a core idle. */
const most = 28

/** A folder of so few files shares its thread with others that are as small. */
const few = 7

/** Hooks would be those of all files of the thread. */
const hooked = /\btest\.(?:serial\.)?(?:before|after)/

/** Those that take longest begin first, so that the cores end together. */
const longest = ['pipeline', 'remote', 'cli', 'readers', 'workshop', 'small', 'sinks', 'results', 'models']

const tests = new URL('dist/test/', import.meta.url)

const alone = []
const folders = new Map()
for (const file of testsIn(tests)) {
  if (hooked.test(readFileSync(new URL(file, tests), 'utf8'))) alone.push(file)
  else {
    const folder = file.includes('/') ? file.split('/')[0] : 'top'
    folders.set(folder, [...(folders.get(folder) ?? []), file])
  }
}

const small = [...folders].filter(([, members]) => members.length <= few)
for (const [folder] of small) folders.delete(folder)
folders.set(
  'small',
  small.flatMap(([, members]) => members),
)

const packs = [...folders].flatMap(([folder, members]) => {
  const count = Math.ceil(members.length / most)
  return Array.from({ length: count }, (_, at) => [
    `${folder}-${at + 1}`,
    members.slice(Math.round((members.length * at) / count), Math.round((members.length * (at + 1)) / count)),
  ])
})
const together = writePacks(tests, Object.fromEntries(packs))

const rank = (file) => {
  const name = file.replace(/^.*dist.test./, '').replace('together/', '')
  const at = longest.findIndex((one) => name.startsWith(one))
  return at < 0 ? longest.length : at
}

export default {
  files: [...alone, ...together].map((file) => `dist/test/${file}`),
  timeout: '3m',
  // Tests wait for servers, too.
  concurrency: availableParallelism() + 1,
  sortTestFiles: (a, b) => rank(a) - rank(b) || (a < b ? -1 : 1),
}
