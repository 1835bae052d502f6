import { readFileSync } from 'node:fs'
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
