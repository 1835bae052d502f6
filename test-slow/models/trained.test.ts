/**
 * A trained network, end to end: EfficientNet-Lite0 with its ImageNet weights and a last layer fitted to half of Kather's labelled patches, exported by
 * PyTorch. Imported, it gives the other half PyTorch's classes and, by `evaluate`, NumPy's accuracy and confusion matrix; in half precision and in
 * int8 it keeps what is said here. This is the patch mode of TIAToolbox's tutorial (accuracy, and the matrix by rows) with weights that may be had.
 */

import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Evaluation } from '../../src/results/evaluate/evaluate.js'
import { scratch } from '../../test/models/folder.js'
import { sharedPath } from '../../test/shared-data.js'
import { tiastream } from '../../test/support/command-line.js'
import { kather2016 as classes, importing, labelled as patches, trainedNetwork } from './trained-network.js'

const elsewhere = sharedPath('patches/pathmnist-9class')

interface Answers {
  readonly train: readonly (readonly [file: string, label: number])[]
  readonly test: readonly (readonly [file: string, label: number])[]
  readonly probabilities: Readonly<Record<string, readonly number[]>>
  readonly accuracy: number
  readonly confusion: readonly (readonly number[])[]
}

const title = 'a trained network is what PyTorch says it is; in halves and in bytes it stays a good one'
const network = existsSync(elsewhere) ? await trainedNetwork() : { absent: elsewhere }

if ('absent' in network) {
  console.warn(`SKIPPED (absent: ${network.absent}): ${title}`)
  test.skip(title, (t) => t.pass())
} else {
  test(title, async (t) => {
    t.timeout(1_800_000)
    const folder = await scratch(t)
    for (const file of ['net.onnx', 'answers.json']) await copyFile(path.join(network.folder, file), path.join(folder, file))
    const answers = JSON.parse(await readFile(path.join(folder, 'answers.json'), 'utf8')) as Answers
    t.is(answers.test.length, 33)
    // Guessing is right for one in eight.
    t.true(answers.accuracy > 0.7, `${answers.accuracy}`)
    for (const half of ['train', 'test'] as const) await sorted(folder, half, answers[half])

    const made = await models(t, folder, 'import', 'net.onnx', '-o', 'net', ...importing)
    t.regex(made, /found {4}it takes 'image' float32 \[N, 3, 224, 224\] and gives 'logits' float32 \[N, 8\]/)
    await models(t, folder, 'verify', 'net')
    const floats = await answered(t, folder, 'net')
    const off = Math.max(
      ...floats.rows.flatMap(({ file, shares }) => shares.map((share, k) => Math.abs(share - answers.probabilities[file]![k]!))),
    )
    t.log(`floats: probabilities ${off.toExponential(1)} from PyTorch's, accuracy ${floats.evaluation.accuracy}`)
    t.true(off < 1e-4)
    for (const { file, best } of floats.rows) t.is(best, bestOf(answers.probabilities[file]!), file)
    t.is(floats.evaluation.accuracy, answers.accuracy)
    t.deepEqual(floats.evaluation.confusion.counts, answers.confusion)
    // The tutorial's heat map: each row in shares of its label.
    answers.confusion.forEach((row, label) => {
      const all = row.reduce((a, b) => a + b, 0)
      row.forEach((count, said) => {
        t.true(Math.abs(floats.evaluation.confusion.share[label]![said]! - count / all) < 1e-12)
      })
    })

    await models(t, folder, 'convert', 'net', '--fp16')
    const halves = await answered(t, folder, 'net-fp16')
    const made8 = await models(t, folder, 'quantize', 'net', '--calibrate', 'train', '--patches', '33', '--check', elsewhere, '--json')
    const report = JSON.parse(made8) as { agreement: { same: number; pictures: number }; coverage: { layers: number; of: number } }
    t.log(`int8 on patches of another set: ${report.agreement.same} of ${report.agreement.pictures} keep their class`)
    t.true(report.agreement.same >= 0.7 * report.agreement.pictures)
    // Its paddings are steps of their own in the file: none may stand between two layers.
    t.is(report.coverage.layers, report.coverage.of - 1)
    const bytes = await answered(t, folder, 'net-int8')
    // Of 33: in halves none is another; in int8, calibrated on no more than 33 pictures, at most three are, and at most three more are wrong.
    for (const [name, { rows, evaluation }, same, loss] of [
      ['halves', halves, 1, 0],
      ['int8', bytes, 0.9, 3],
    ] as const) {
      const kept = rows.filter(({ file, best }) => best === bestOf(answers.probabilities[file]!)).length
      const lost = Math.round((answers.accuracy - evaluation.accuracy) * rows.length)
      t.log(`${name}: ${kept} of ${rows.length} keep their class, accuracy ${evaluation.accuracy.toFixed(3)}`)
      t.true(kept >= same * rows.length, `${name}: ${kept}`)
      t.true(lost <= loss, `${name}: ${lost} more are wrong`)
    }
  })
}

/** As labelled patches lie: in folders named after their class. */
async function sorted(folder: string, half: string, files: Answers['train']): Promise<void> {
  for (const name of classes) await mkdir(path.join(folder, half, name), { recursive: true })
  for (const [file, label] of files) await copyFile(path.join(patches, file), path.join(folder, half, classes[label]!, file))
}

async function models(t: ExecutionContext, folder: string, ...args: string[]): Promise<string> {
  const ended = await tiastream(['models', ...args], folder)
  t.is(ended.code, 0, ended.err)
  return ended.out
}

/** The second half through a pipeline and `evaluate`. */
async function answered(t: ExecutionContext, folder: string, model: string) {
  const stages = `[extract, batch: { size: 8 }, infer: { model: ${model} }, merge]`
  await writeFile(
    path.join(folder, `${model}.yml`),
    `output: out-${model}\npatches: { folder: test, label: parent }\nstages: ${stages}\nsinks: [jsonl, parquet]\nruntime: { lanes: 2 }\n`,
  )
  const ran = await tiastream(['run', `${model}.yml`], folder)
  t.is(ran.code, 0, ran.err)
  const lines = (await readFile(path.join(folder, `out-${model}/test.jsonl`), 'utf8')).trim().split('\n')
  const rows = lines.map((line) => {
    const row = JSON.parse(line) as Record<string, string | number>
    const shares = classes.map((name) => Number(row[`prob_${name}`]))
    const file = Object.values(row).find((value) => typeof value === 'string' && value.endsWith('.png')) as string
    return { file: path.basename(file), shares, best: bestOf(shares) }
  })
  const said = await tiastream(['evaluate', `out-${model}`, '--json'], folder)
  t.is(said.code, 0, said.err)
  return { rows, evaluation: JSON.parse(said.out) as Evaluation }
}

const bestOf = (shares: readonly number[]): number => shares.indexOf(Math.max(...shares))
