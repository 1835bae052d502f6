/** `stainnorm` in a pipeline: its column, its target, and what is said of it before a run. */

import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import sharp from 'sharp'
import type { ReadRequest, Slide } from '../../../src/core/slide.js'
import type { PlanContext } from '../../../src/core/stage.js'
import type { Region } from '../../../src/geometry/region.js'
import { checkPipeline } from '../../../src/pipeline/check/check.js'
import { byPatch, bySlide } from '../../../src/stages/stainnorm/normaliser.js'
import { sampleOf } from '../../../src/stages/stainnorm/sample.js'
import stainnorm from '../../../src/stages/stainnorm/spec.js'
import { picture } from '../../formula.js'
import { memorySlide } from '../../support/memory-slide.js'
import { runFile } from '../../support/pipeline-file.js'
import { tempFolder } from '../../support/temp.js'

const side = 32
const target = (name: string) => picture(name, side, side, [70, 30, 100], [235, 190, 225])
const stained = picture('slide', side, side, [110, 50, 110], [240, 200, 235])

/** Stained on the left, white on the right. */
const slide = Uint8Array.from(
  Array.from({ length: side }, (_, y) => [
    ...stained.subarray(y * side * 3, (y + 1) * side * 3),
    ...new Uint8Array(side * 3).fill(255),
  ]).flat(),
)

const put = (file: string, pixels: Uint8Array) =>
  sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toFile(file)

/** A slide of two patches, the second white. */
async function cohort(t: ExecutionContext, stage: string): Promise<string> {
  const folder = await tempFolder(t)
  await sharp(slide, { raw: { width: 2 * side, height: side, channels: 3 } })
    .tiff({ compression: 'none' })
    .toFile(path.join(folder, 'a.tif'))
  await put(path.join(folder, 'target.png'), target('one'))
  await writeFile(
    path.join(folder, 'p.yml'),
    `output: ./out
slides: { glob: ./*.tif }
stages: [grid: { size: ${side} px, at: baseline }, mask: { method: none }, extract, ${stage}, measure, batch, merge]
sinks: [csv]
runtime: { lanes: 2 }
`,
  )
  return path.join(folder, 'p.yml')
}

async function rowsOf(file: string): Promise<Record<string, string>[]> {
  const [names, ...rows] = (await readFile(path.join(path.dirname(file), 'out/a.csv'), 'utf8')).trim().split('\n')
  return rows.map((row) => Object.fromEntries(row.split(',').map((value, i) => [names!.split(',')[i]!, value])))
}

const brightness = (pixels: Uint8Array) =>
  pixels.reduce((sum, value, i) => sum + value * [0.299, 0.587, 0.114][i % 3]!, 0) / (pixels.length / 3)

for (const fit of ['slide', 'patch'] as const)
  test(`by ${fit}: stages after it see the colours of the target, and another target makes the slide again`, async (t) => {
    const file = await cohort(t, `stainnorm: { fit: ${fit}, target: target.png }`)
    for (const name of ['one', 'two']) {
      await put(path.join(path.dirname(file), 'target.png'), target(name))
      const { summary } = await runFile(file)
      t.deepEqual([summary.slides.done, summary.failures], [1, []])
      const expected = stained.slice()
      const normalise = fit === 'slide' ? bySlide('macenko', slide, target(name)) : byPatch('macenko', target(name))
      normalise!(expected)
      const [first, second] = await rowsOf(file)
      t.deepEqual([first!.stain_normalized, second!.stain_normalized], ['true', fit === 'slide' ? 'true' : 'false'])
      t.true(Math.abs(Number(first!.brightness) - brightness(expected)) < 1e-3, name)
      // White is a millionth of a density, and bytes are cut off, not rounded.
      t.true(Number(second!.brightness) >= 254)
    }
    t.is((await runFile(file)).summary.slides.done, 0)
  })

test('every lane sees the same windows of a slide, evenly laid, and none twice', async (t) => {
  const seen: Region[] = []
  const wide = memorySlide({ width: 3000, height: 200, mpp: 0.25 })
  const read = async (requests: readonly ReadRequest[]) => {
    seen.push(...requests.map(({ region }) => region))
    return requests.map(() => null)
  }
  const bytes = await sampleOf({ ...wide, read } as Slide, { value: 0.5, units: 'mpp' }, new AbortController().signal)
  // 1500 × 100 pixels: eleven windows of 128 × 100 in a row.
  t.is(bytes.length, 11 * 128 * 100 * 3)
  t.deepEqual(
    seen.map(({ x, y, width, height }) => [y, width, height, x >= 0 && x + width <= 3000]),
    Array.from({ length: 11 }, () => [0, 256, 200, true]),
  )
  t.true(seen.every(({ x, width }, i) => i === 0 || x >= seen[i - 1]!.x + width))
})

test('check: a target that is not there, reinhard without one; one target for all slides is no cause for a warning', async (t) => {
  const said = async (stage: string) => {
    const file = await cohort(t, stage)
    await writeFile(path.join(path.dirname(file), 'b.tif'), await readFile(path.join(path.dirname(file), 'a.tif')))
    const { problems, plan } = await checkPipeline(file)
    return [...problems.map(({ message }) => message), ...(plan?.warnings ?? [])]
  }
  t.deepEqual(await said('stainnorm: { target: target.png }'), [])
  t.regex((await said('stainnorm: { target: none.png }')).join(), /reads a file for all slides: there is no file .*none\.png/)
  t.regex((await said('stainnorm: { method: reinhard }')).join(), /reinhard needs target:/)
  t.regex((await said('macenko')).join(), /write stainnorm/)
  t.deepEqual(await said('stainnorm'), [])
  // As of a plugin that lays patches, and does not say that they are a grid: by each patch alone is not what was asked for.
  const plan = { kind: 'slide', provided: () => [] } as unknown as PlanContext
  const options = stainnorm.complete!({ method: 'macenko' } as never, plan)
  t.regex(stainnorm.problems!(options as never, plan).join(), /^no grid says at which resolution .*: fit: patch$/)
})

test('a target that is no picture, or shows nothing stained, fails the slide by name', async (t) => {
  for (const [bytes, why] of [
    [Buffer.from('no picture'), /target .*target\.png of .*a\.tif cannot be used: .* is no PNG/],
    [
      await sharp(Buffer.alloc(side * side * 3, 255), { raw: { width: side, height: side, channels: 3 } })
        .png()
        .toBuffer(),
      /hardly anything stained/,
    ],
  ] as const) {
    const file = await cohort(t, 'stainnorm: { target: target.png }')
    await writeFile(path.join(path.dirname(file), 'target.png'), bytes)
    const { summary } = await runFile(file)
    t.is(summary.failures[0]?.error.code, 'TARGET_UNUSABLE')
    t.regex(summary.failures[0]!.error.message, why)
  }
})
