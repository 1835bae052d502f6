/**
 * All fast tests, the files of a folder in one thread: most of the work of a thread is to load ava and the program.
 * `npx ava` without this runs each file in a thread of its own, as the tests of one file are run.
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** So many files a thread, at most: a thread that works long when all others are done keeps a core idle. */
const most = 28

/** A folder of so few files shares its thread with others that are as small. */
const few = 7

/** Hooks would be those of all files of the thread. */
const hooked = /\btest\.(?:serial\.)?(?:before|after)/

/** Those that take longest begin first, so that the cores end together. */
const longest = ['pipeline', 'remote', 'cli', 'readers', 'workshop', 'small', 'sinks', 'results', 'models']

const tests = new URL('dist/test/', import.meta.url)
const place = new URL('together/', tests)

const alone = []
const folders = new Map()
const files = readdirSync(tests, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'))
for (const file of files.filter((file) => file.endsWith('.test.js')).sort()) {
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

rmSync(place, { recursive: true, force: true })
mkdirSync(place)
const packs = [...folders].flatMap(([folder, members]) => {
  const count = Math.ceil(members.length / most)
  return Array.from({ length: count }, (_, at) => {
    const part = members.slice(Math.round((members.length * at) / count), Math.round((members.length * (at + 1)) / count))
    // Relative to test/support/together.ts.
    const addresses = Object.fromEntries(part.map((file) => [file.slice(0, -'.test.js'.length).replaceAll('/', ' › '), `../${file}`]))
    const pack = `${folder}-${at + 1}.js`
    writeFileSync(
      new URL(pack, place),
      `import { together } from '../support/together.js'\n\nawait together(${JSON.stringify(addresses, null, 2)})\n`,
    )
    return `together/${pack}`
  })
})

const rank = (file) => {
  const name = file.replace(/^.*dist.test./, '').replace('together/', '')
  const at = longest.findIndex((one) => name.startsWith(one))
  return at < 0 ? longest.length : at
}

export default {
  files: [...alone, ...packs].map((file) => `dist/test/${file}`),
  timeout: '3m',
  // Tests wait for servers, too.
  concurrency: availableParallelism() + 1,
  sortTestFiles: (a, b) => rank(a) - rank(b) || (a < b ? -1 : 1),
}
