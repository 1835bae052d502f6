/** A plan for people, for programs, and as a drawing. */

import { withoutSecrets } from '../../core/address.js'
import { isTried } from '../../core/precision.js'
import { providedIn } from '../../core/roles.js'
import { formatResolution } from '../../core/text/resolution-text.js'
import type { Resolution } from '../../geometry/resolution.js'
import { batchSizeOf } from './batch-size.js'
import { creditsOnDevice, formatBytes, laneShareOf, sumOf } from './memory.js'
import type { Plan, PlannedStage } from './plan-type.js'
import { cardsOf } from './sessions.js'

/** `machine`: how many processors there are here, in words. `begun`: in which numbers the output was begun, where that was tried. */
export function planText(plan: Plan, machine = '', begun: readonly string[] = []): string {
  const { runtime, provenance } = plan
  const sections = [
    table([
      ['pipeline', plan.file ?? 'an object'],
      ...(plan.output === '' ? [] : [['output', plan.output]]),
      ['input', `${plan.source.name}: ${optionsText(plan.source.options)}`],
      ['found', foundText(plan)],
      ['runtime', `${count(runtime.slides, 'slide')} side by side, ${count(runtime.lanes, 'lane')}, ${formatBytes(runtime.memory)}`],
      ...(machine === '' ? [] : [['processors', machine]]),
      ...devicesText(plan.stages),
      ...begun.map((one, i) => [i === 0 ? 'begun in' : '', one]),
      ...cardsText(plan),
      ['fingerprint', provenance.fingerprint],
    ]),
    titled(
      'stages',
      plan.segments.flatMap(({ where, stages }) => stages.map((s) => [where, s.name, `${s.from} → ${s.to}`, optionsText(s.options)])),
    ),
    titled(
      'sinks',
      plan.sinks.map(({ name, file, options }) => [name, file, optionsText(without(options, 'file'))]),
    ),
    titled(
      'columns',
      plan.columns.map((c) => [c.name, `${c.type}${c.size === undefined ? '' : `[${c.size}]`}${c.nullable ? '?' : ''}`, c.about]),
    ),
    titled(
      'models',
      Object.entries(plan.cards).map(([name, card]) => [name, card.file, card.sha256.slice(0, 12)]),
    ),
    titled(
      'plugins',
      plan.plugins.map(({ name, version, module, sha256 }) => [name, version, module, sha256.slice(0, 12)]),
    ),
    titled('memory at most', [
      ...plan.memory.map(({ what, bytes }) => [what, formatBytes(bytes)]),
      ['together', `${formatBytes(sumOf(plan.memory))}, of which each lane ${formatBytes(laneShareOf(plan.memory))}`],
    ]),
    titled(
      'memory of GPUs, about',
      (plan.cardMemory ?? []).map(({ what, bytes }) => [what, formatBytes(bytes)]),
    ),
    titled(
      'warnings',
      plan.warnings.map((warning) => [warning]),
    ),
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

/** Of each model in its order of preference. */
function devicesText(stages: Plan['stages']): readonly (readonly string[])[] {
  const asked = providedIn(stages, 'answers')
  const several = asked.length > 1
  return asked.map(({ model, devices, precision }, i) => {
    const numbers = isTried(precision) ? ` (precision ${precision}: the first run into the output tries what pays)` : ''
    return [i === 0 ? 'devices' : '', `${several ? `${model}: ` : ''}${devices.join(', then ')}${numbers}`]
  })
}

/** What goes to the cards, and how much of it at once. */
function cardsText(plan: Plan): readonly (readonly string[])[] {
  const cards = cardsOf(plan)
  if (cards === null) return []
  const each = cards.names.length > 1 ? ` on each of ${cards.names.join(', ')}` : ` on ${cards.names[0]}`
  const batches = `batches of ${batchSizeOf(plan.stages)}`
  return [['sessions', `${count(cards.sessions, 'session')}${each}, ${batches}, at most ${creditsOnDevice} blocks of a lane under way`]]
}

const foundText = ({ source: { kind }, found: { slides, pictures } }: Plan) =>
  kind === 'set' ? `${count(slides, 'set')} of ${count(pictures, 'picture')}` : count(slides, kind)

const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`
const titled = (title: string, rows: readonly (readonly string[])[]) => (rows.length === 0 ? '' : `${title}\n${table(rows, '  ')}`)
const without = (options: PlannedStage['options'], key: string) =>
  Object.fromEntries(Object.entries(options).filter(([name]) => name !== key))

/** Columns side by side; the last may be as long as it is. */
function table(rows: readonly (readonly string[])[], indent = ''): string {
  const widths = rows.reduce<number[]>((max, row) => row.map((cell, i) => Math.max(cell.length, max[i] ?? 0)), [])
  return rows
    .map((row) => `${indent}${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]! + 2))).join('')}`.trimEnd())
    .join('\n')
}

const optionsText = (options: PlannedStage['options']): string =>
  Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${valueText(value)}`)
    .join(', ')

function valueText(value: unknown): string {
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`
  if (Array.isArray(value) && typeof value[0] === 'object' && !isResolution(value[0])) return `[${value.length} …]`
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`
  if (isResolution(value)) return formatResolution(value)
  return typeof value === 'object' ? JSON.stringify(value) : withoutSecrets(String(value))
}

const isResolution = (value: unknown): value is Resolution =>
  typeof value === 'object' && value !== null && Object.keys(value).sort().join() === 'units,value'

/** Bytes (a look-up table) as plain lists. The environment is code. */
export function planJson({ environment, ...plan }: Plan): string {
  const shown = (value: unknown) => (value instanceof Uint8Array ? [...value] : typeof value === 'string' ? withoutSecrets(value) : value)
  return `${JSON.stringify(plan, (_, value) => shown(value), 2)}\n`
}

export function planMermaid({ source, segments, sinks }: Plan): string {
  const lines = ['flowchart LR', `  source([${source.name}])`]
  const names: string[] = ['source']
  segments.forEach(({ where, stages }, i) => {
    lines.push(`  subgraph ${where}${i} [${where}]`)
    for (const stage of stages) {
      lines.push(`    s${names.length}[${stage.name}]`)
      names.push(`s${names.length}`)
    }
    lines.push('  end')
  })
  const kinds = segments.flatMap(({ stages }) => stages.map((stage) => stage.from))
  names.slice(1).forEach((name, i) => {
    lines.push(`  ${names[i]} -- ${kinds[i]} --> ${name}`)
  })
  sinks.forEach(({ name, file }, i) => {
    lines.push(`  ${names.at(-1)} -- row --> k${i}[/"${name} ${file.replaceAll('"', "'")}"/]`)
  })
  return `${lines.join('\n')}\n`
}
