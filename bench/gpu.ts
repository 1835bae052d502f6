/**
 * A device on its own and in whole runs: networks with random weights, batches that lie in memory against slides from a file to committed rows;
 * how busy it was, whether two runs give equal bytes, and how far its answers are from float32 on the CPU.
 */

import { execFile } from 'node:child_process'
import os from 'node:os'
import { fileURLToPath } from 'node:url'
import { placesOf, runsInLanes } from '../src/core/devices.js'
import { probeApart } from '../src/models/doctor/probe-apart.js'
import type { Asked } from './support/asked.js'
import { deviceFacts } from './support/device-facts.js'
import type { GpuJob, GpuResult } from './support/gpu-child.js'
import { type NetworkName, type Numbers, networkNames } from './support/random-nets.js'
import { median } from './support/rounds.js'
import { prose, table, verdict } from './support/table.js'

const child = fileURLToPath(new URL('./support/gpu-child.js', import.meta.url))

/** The first batch of a large network on a software driver takes minutes. */
const patience = 30 * 60_000

type Answer = GpuResult | { readonly failed: string }

export default async function gpu({ quick, device = 'cuda', networks }: Asked): Promise<void> {
  const unknown = (networks ?? []).filter((one) => !(networkNames as readonly string[]).includes(one))
  if (unknown.length > 0) return prose(`no network ${unknown.join(', ')}: these are ${networkNames.join(', ')}`)
  const slip = slipIn(device)
  if (slip !== null) {
    process.exitCode = 2
    return prose(`device ${device} ${slip}`)
  }
  const probe = await probeApart(device)
  if (!probe.ok) {
    process.exitCode = 1
    return prose(`\n${device} does not work here: ${probe.why}${probe.cure === '' ? '' : `\n  needs: ${probe.cure}`}`)
  }
  const facts = await deviceFacts(device)
  prose(`\n${device}: ${facts.join('\n  ')}`)
  const chosen = (networks as readonly NetworkName[] | undefined) ?? (quick ? ['nothing', 'resnet18', 'vit_s'] : networkNames)
  const batch = runsInLanes(device) ? 16 : quick ? 8 : 64
  const rows: { readonly job: GpuJob; readonly answer: Answer }[] = []
  for (const network of chosen)
    for (const numbers of ['fp32', 'fp16'] as const satisfies readonly Numbers[]) {
      if (network === 'nothing' && numbers === 'fp16') continue
      const job = { network, numbers, device, batch, sessions: sessionsOf(device), seconds: quick ? 2 : 10, most: quick ? 100 : 40_000 }
      rows.push({ job, answer: await inChild(job) })
      prose(`${network} ${numbers}: ${lineOf(rows.at(-1)!.answer)}`)
    }
  table(rows.map(({ job, answer }) => rowOf(job, answer)))
  verdicts(rows, facts)
}

/** What is wrong with the name of a device; null when nothing is. */
function slipIn(device: string): string | null {
  try {
    placesOf(device)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

/** As many as a run has: one in every lane, two on each card of NVIDIA's, else one. */
const sessionsOf = (device: string): number =>
  runsInLanes(device) ? os.availableParallelism() : /^(?:cuda|tensorrt)/.test(device) ? 2 * placesOf(device).length : 1

function inChild(job: GpuJob): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(process.execPath, [child, JSON.stringify(job)], { timeout: patience, maxBuffer: 2 ** 24 }, (error, stdout) => {
      try {
        resolve(JSON.parse(stdout.trim().split('\n').at(-1)!) as Answer)
      } catch {
        resolve({ failed: error?.signal ? `its process ended with ${error.signal}` : (error?.message.split('\n')[0] ?? 'it said nothing') })
      }
    })
  })
}

const lineOf = (answer: Answer): string =>
  'failed' in answer
    ? `not measured: ${answer.failed}`
    : `${answer.alone.map((one) => one.toFixed(1)).join(' and ')}/s alone, ${answer.whole.map((one) => one.toFixed(1)).join(' and ')}/s in whole runs`

/** Round by round. */
const ratioIn = ({ alone, whole }: GpuResult): number => median(whole.map((rate, i) => rate / alone[i]!))

function rowOf({ network, numbers, batch, sessions }: GpuJob, answer: Answer) {
  const is = { network, numbers, batch, sessions }
  if ('failed' in answer) return { ...is, 'bytes equal': 'not measured' }
  return {
    ...is,
    'alone/s': median(answer.alone),
    patches: answer.rows,
    'whole runs/s': median(answer.whole),
    'whole ÷ alone': ratioIn(answer),
    'busy %': answer.busy * 100,
    'waits for device, ms': answer.waits?.device,
    'bytes equal': answer.equal ? 'yes' : 'NO',
    'off fp32 on CPU': answer.off.toExponential(1),
    'largest answer': answer.size,
  }
}

/** Of an H100 or its successors with 16 cores and more, what is asked of one. */
function verdicts(rows: readonly { readonly job: GpuJob; readonly answer: Answer }[], facts: readonly string[]): void {
  const hopper = facts.some((fact) => /\bH[12]00\b/.test(fact)) && os.availableParallelism() >= 16
  for (const { job, answer } of rows) {
    if ('failed' in answer) continue
    const what = `${job.network} ${job.numbers}`
    const whole = median(answer.whole)
    if (!['nothing', 'resnet18', 'mobilenet_v2'].includes(job.network))
      verdict(`${what}, whole runs ÷ the device alone`, ratioIn(answer), 0.9)
    if (hopper && job.network === 'resnet18') verdict(`${what}, patches/s`, whole, 10_000)
    if (hopper && job.network === 'vit_l' && job.numbers === 'fp16') verdict(`${what}, patches/s`, whole, 3000)
    if (!answer.equal) prose(`MISSED   ${what}: two runs wrote different bytes`)
  }
}
