/** A run under Yarn's Plug'n'Play, where open files do not know `sync`; and what else package managers need to be told. */

import { existsSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { packageRoot } from '../../../src/core/package-root.js'
import { batch, definePipeline, extract, grid, imageSlide, infer, map, merge, parquet, runPipeline, slidesOf } from '../../../src/index.js'
import { fsyncFolder } from '../../../src/pipeline/store/fsync.js'
import { tempFolder } from '../../support/temp.js'

test.serial('a run waits for the disk under Plug’n’Play, whose handles cannot', async (t) => {
  const folder = await tempFolder(t)
  const handle = await open(path.join(folder, 'any'), 'w')
  const of = Object.getPrototypeOf(handle)
  const { sync, datasync } = of
  await handle.close()
  const versions: Record<string, string | undefined> = process.versions
  versions.pnp = '3'
  t.teardown(() => {
    Object.assign(of, { sync, datasync })
    delete versions.pnp
  })
  of.sync = of.datasync = () => {
    throw new Error('Method not implemented.')
  }
  const plan = await definePipeline({
    source: slidesOf([imageSlide(new Uint8Array(224 * 224 * 3), { width: 224, height: 224, mpp: 1, id: 'a' })]),
    stages: [grid({ size: 224, at: '1 mpp' }), extract(), batch(), infer({ model: 'stain' }), merge()],
    sinks: [parquet(), map()],
    output: path.join(folder, 'out'),
  })
  const { slides } = await runPipeline(plan)
  t.is(slides.done, 1)
  for (const file of ['rows/a.parquet', 'cohort.parquet', 'manifest.json']) t.true(existsSync(path.join(folder, 'out', file)), file)
})

test.serial(
  'a folder that its file system does not flush by itself (SMB, FUSE) is no reason to end; one whose disk fails is',
  async (t) => {
    const folder = await tempFolder(t)
    const handle = await open(path.join(folder, 'any'), 'w')
    const of = Object.getPrototypeOf(handle)
    const { sync } = of
    await handle.close()
    t.teardown(() => Object.assign(of, { sync }))
    const fails = (code: string) => {
      of.sync = async () => {
        throw Object.assign(new Error(code), { code })
      }
    }
    for (const code of ['EINVAL', 'EBADF', 'ENOTSUP', 'ENOSYS', 'EACCES']) {
      fails(code)
      await t.notThrowsAsync(fsyncFolder(folder), code)
    }
    fails('EIO')
    await t.throwsAsync(fsyncFolder(folder), { code: 'EIO' })
  },
)

test('Yarn is told to unpack the package, whose models and pictures native code reads; no range takes what needs a later Node', async (t) => {
  const { preferUnplugged, dependencies } = JSON.parse(await readFile(path.join(packageRoot, 'package.json'), 'utf8'))
  t.true(preferUnplugged)
  // 6.5 needs Node 22: npm passes it over on 20, Yarn 1 refuses to install.
  t.is(dependencies['vega-lite'], '~6.4.3')
})
