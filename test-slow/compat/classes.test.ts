/**
 * Whole slides through a trained network: TIAToolbox's data set lays the grid and reads the patches for ONNX Runtime in Python; beside it a pipeline
 * with `compat: tiatoolbox`. The same patches, and the same class for at least 99 of 100.
 */

import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { scratch } from '../../test/models/folder.js'
import { sharedPath } from '../../test/shared-data.js'
import { tiastream } from '../../test/support/command-line.js'
import { long } from '../long.js'
import { importing, kather2016, labelled, trainedNetwork } from '../models/trained-network.js'
import { ask, peerPython } from '../peers.js'

interface Said {
  readonly slide: string
  readonly mpp: number
  readonly stride: number
  readonly bounds: readonly (readonly number[])[]
  readonly shares: readonly (readonly number[])[]
}

interface Patch {
  readonly bounds: readonly number[]
  readonly shares: readonly number[]
}

const title = 'a trained network gives the classes that it gives on the patches of TIAToolbox'
const cmu = sharedPath('wsi/aperio/CMU-1-Small-Region.svs')
const network = existsSync(cmu) ? await trainedNetwork() : { absent: cmu }

if ('absent' in network) {
  console.warn(`SKIPPED (absent: ${network.absent}): ${title}`)
  test.skip(title, (t) => t.pass())
} else {
  test(title, async (t) => {
    t.timeout(900_000)
    const folder = await scratch(t)
    const net = path.join(network.folder, 'net.onnx')
    const said = (await ask(await peerPython(), 'test-slow/compat/predict_patches.py', [
      net,
      cmu,
      labelled,
      folder,
      long ? '224' : '448',
    ])) as Said[]
    await succeeds(t, folder, 'models', 'import', net, '-o', 'net', ...importing)
    let [all, same, off] = [0, 0, 0]
    const seen = new Set<number>()
    for (const [i, their] of said.entries()) {
      const mine = await predicted(t, folder, their, `run-${i}`)
      const grid = mine.map(({ bounds }) => bounds)
      t.deepEqual(grid, their.bounds, `the grid at ${their.mpp} mpp`)
      for (const [k, { shares }] of mine.entries()) {
        const other = their.shares[k]!
        if (bestOf(shares) === bestOf(other)) same++
        seen.add(bestOf(other))
        off = Math.max(off, ...shares.map((share, c) => Math.abs(share - other[c]!)))
      }
      all += mine.length
    }
    t.log(`${same} of ${all} patches have the same class of ${seen.size}; probabilities differ by ${off.toFixed(3)} at most`)
    t.true(seen.size >= 6, 'the slides hold many classes')
    t.true(same >= 0.99 * all, `${same} of ${all}`)
  })
}

/** A pipeline over one slide, without a mask. */
async function predicted(t: ExecutionContext, folder: string, { slide, mpp, stride }: Said, name: string): Promise<Patch[]> {
  await mkdir(path.join(folder, name))
  const own = path.join(folder, name, path.basename(slide))
  await copyFile(slide, own)
  const grid = `grid: { size: 224 px, at: ${mpp} mpp, stride: ${stride} px }`
  const stages = `[${grid}, extract: { compat: tiatoolbox }, batch: { size: 8 }, infer: { model: net }, merge]`
  const text = `output: ${name}/out\nslides: { glob: "${name}/*.svs" }\nstages: ${stages}\nsinks: [jsonl]\nruntime: { lanes: 1 }\n`
  await writeFile(path.join(folder, `${name}.yml`), text)
  await succeeds(t, folder, 'run', `${name}.yml`)
  const lines = await readFile(path.join(folder, name, 'out', `${path.parse(slide).name}.jsonl`), 'utf8')
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const row = JSON.parse(line) as Record<string, number>
      const [x0, y0, x1, y1] = ['x0', 'y0', 'x1', 'y1'].map((corner) => row[corner]!)
      return { bounds: [x0!, y0!, x1!, y1!], shares: kather2016.map((label) => row[`prob_${label}`]!) }
    })
}

async function succeeds(t: ExecutionContext, folder: string, ...args: string[]): Promise<void> {
  const ended = await tiastream(args, folder)
  t.is(ended.code, 0, ended.err)
}

const bestOf = (shares: readonly number[]): number => shares.indexOf(Math.max(...shares))
