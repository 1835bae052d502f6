/** Packs of test files: each a file that declares the tests of several, which then share what they load (`test/support/together.ts`). */

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'

/** The files of tests in a folder of `dist`, named from there. */
export const testsIn = (folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.test.js'))
    .sort()

/** Writes packs (of each name its files) into the folder's `together`, where nothing else stays; returns their files, named as its others. */
export function writePacks(folder, packs) {
  const place = new URL('together/', folder)
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place)
  return Object.entries(packs).map(([pack, files]) => {
    const addresses = Object.fromEntries(
      files.map((file) => [file.slice(0, -'.test.js'.length).replaceAll('/', ' › '), new URL(file, folder).href]),
    )
    const support = new URL('dist/test/support/together.js', import.meta.url).href
    writeFileSync(
      new URL(`${pack}.js`, place),
      `import { together } from ${JSON.stringify(support)}\n\nawait together(${JSON.stringify(addresses, null, 2)})\n`,
    )
    return `together/${pack}.js`
  })
}
