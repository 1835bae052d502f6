/**
 * A device that is slower than the lanes makes them wait: what a run holds is what its plan says. Before there were credits, this run of
 * eight lanes held 5.1 GB where the plan said 1.2.
 */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { deflateSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { packageRoot } from '../../src/core/package-root.js'
import { hugeSlide, hugeTile } from '../../test/support/huge-slide.js'
import { writeSlowModel } from '../../test/support/slow-model.js'
import { tempFolder } from '../../test/support/temp.js'
import { long } from '../long.js'
import { buildCards, canBuildCards } from '../models/stub/card.js'
import type { Held } from './run-child.js'

const child = path.join(packageRoot, 'dist/test-slow/memory/run-child.js')
/** The software Vulkan device that comes with Debian's Chromium. */
const vulkan = '/usr/lib/chromium/vk_swiftshader_icd.json'

interface Asked {
  readonly lanes: number
  readonly width: number
  readonly patches: number
  readonly device: string
}

/** Runs until so many patches are answered. */
async function held(t: ExecutionContext, asked: Asked): Promise<Held> {
  const folder = await tempFolder(t)
  const cards = asked.device === 'cuda' ? await buildCards(folder) : {}
  await writeSlowModel(folder, 224, asked.width)
  const tile = Uint8Array.from({ length: hugeTile ** 2 * 3 }, (_, i) => (i * 7919) >> 3)
  await writeFile(path.join(folder, 's.tif'), hugeSlide(deflateSync(tile)))
  await writeFile(
    path.join(folder, 'p.yml'),
    `output: ./out
slides: { glob: "s.tif" }
stages: [grid: { size: 224 px, at: baseline }, mask: { method: none }, extract, batch: { size: 16 }, infer: { model: slow, device: ${asked.device} }, merge]
sinks: [csv]
runtime: { lanes: ${asked.lanes}, slides: 1 }
`,
  )
  const given = [child, path.join(folder, 'p.yml'), `${asked.patches}`]
  const env = { VK_DRIVER_FILES: vulkan, ...process.env, ...cards }
  // The software device may take the process down when its thread ends; what the run held it has said by then.
  const { stdout } = await promisify(execFile)(process.execPath, given, { env }).catch((error: { stdout: string }) => error)
  return JSON.parse(stdout) as Held
}

const onCard = canBuildCards('what a run holds whose card is slower than its lanes') ? test.serial : test.serial.skip
onCard('a card that computes on the CPU, tens of times slower than the lanes', async (t) => {
  const { device, answered, peak, planned } = await held(t, { lanes: 8, width: 64, patches: 100, device: 'cuda' })
  t.is(device, 'cuda')
  t.true(answered >= 100)
  t.true(peak <= planned * 1.1, `${peak} held, ${planned} planned`)
  t.true(peak >= planned / 2, 'nor does the plan exaggerate')
})

/** The same credits, at three times the work: in the long tests. */
const onVulkan = long && existsSync(vulkan) ? test.serial : test.serial.skip
onVulkan('a software Vulkan device', async (t) => {
  const { device, peak, planned } = await held(t, { lanes: 8, width: 2, patches: 32, device: 'webgpu' })
  t.is(device, 'webgpu')
  t.true(peak <= planned * 1.1, `${peak} held, ${planned} planned`)
})
