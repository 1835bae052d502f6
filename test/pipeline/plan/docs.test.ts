import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { packageRoot } from '../../../src/core/package-root.js'
import { defaultEnvironment } from '../../../src/pipeline/environment/default.js'
import { reference } from '../../../src/pipeline/plan/docs.js'

test('docs/reference.md is what `tiastream docs` prints', (t) => {
  const committed = readFileSync(path.join(packageRoot, 'docs/reference.md'), 'utf8')
  t.true(committed === reference(defaultEnvironment), 'run: node dist/src/cli.js docs > docs/reference.md')
})

test('docs/api.md is made from the types as they are', async (t) => {
  const { apiPage } = (await import(pathToFileURL(path.join(packageRoot, 'scripts/api-page.mjs')).href)) as { apiPage: () => string }
  const committed = readFileSync(path.join(packageRoot, 'docs/api.md'), 'utf8')
  t.true(committed === apiPage(), 'run: npm run compile && node scripts/api-page.mjs')
})

test('links of the pages in the package lead to what is in the package, and to headings that are there', (t) => {
  const textOf = (file: string) => readFileSync(path.join(packageRoot, file), 'utf8')
  const packed: readonly string[] = JSON.parse(textOf('package.json')).files
  const below = (folder: string) => readdirSync(path.join(packageRoot, folder), { recursive: true, encoding: 'utf8' })
  const pages = packed
    .flatMap((one) => (path.extname(one) === '.md' ? [one] : one === 'LICENSE' ? [] : below(one).map((name) => path.posix.join(one, name))))
    .filter((name) => name.endsWith('.md'))
  t.true(pages.length > 20)
  for (const page of pages)
    for (const [, to = '', heading] of textOf(page).matchAll(/\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)) {
      const file = to === '' ? page : path.posix.join(path.dirname(page), to)
      const isThere = existsSync(path.join(packageRoot, file)) && packed.some((one) => `${file}/`.startsWith(`${one}/`))
      t.true(isThere, `${page} links to ${to}`)
      if (isThere && heading !== undefined) t.true(headingsOf(textOf(file)).includes(heading), `${page} links to ${to}#${heading}`)
    }
})

/** As GitHub and npm call them in addresses. */
const headingsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
