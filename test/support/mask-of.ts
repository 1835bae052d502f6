/** A mask file as the stage reads it, over a slide of any size, and what is told of it. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import type { StageEvent } from '../../src/core/events.js'
import type { Glass, Reference, SlideInfo, SlideKind } from '../../src/core/slide.js'
import type { Region } from '../../src/geometry/region.js'
import type { Scale } from '../../src/geometry/resolution.js'
import { wantedOf } from '../../src/stages/mask/choose.js'
import { maskFromFile } from '../../src/stages/mask/files.js'
import { memorySlide } from './memory-slide.js'

interface Over {
  readonly width: number
  readonly height: number
  readonly kind?: SlideKind
  readonly mpp?: number | Scale
  readonly bounds?: Region
  readonly vendor?: string
  readonly glass?: Glass
  readonly reference?: Reference
  readonly instances?: NonNullable<SlideInfo['instances']>
}

export async function maskOf(t: ExecutionContext, bytes: Uint8Array | string, of: Over, classes?: readonly string[]) {
  const folder = await mkdtemp(path.join(tmpdir(), 'mask-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const file = path.join(folder, 'mask')
  await writeFile(file, bytes)
  const slide = { ...memorySlide({ width: 8, height: 8 }) }
  const { mpp, ...size } = of
  const info = { ...slide.info, ...size, ...(mpp === undefined ? {} : { mpp: typeof mpp === 'number' ? { x: mpp, y: mpp } : mpp }) }
  const told: StageEvent[] = []
  const mask = await maskFromFile(
    file,
    { ...slide, info },
    {
      size: { width: 100, height: 100 },
      classes: wantedOf(classes),
      signal: new AbortController().signal,
      tell: (event) => told.push(event),
    },
  )
  return { mask, told: told.map((event) => (event.type === 'warning' ? event.message : '')).join() }
}
