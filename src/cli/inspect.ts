/** `tiastream inspect`: what a slide is, and where each number comes from. */

import path from 'node:path'
import { Command, Option } from 'commander'
import { nameIn, withoutSecrets } from '../core/address.js'
import { recordOf, SlideError } from '../core/errors.js'
import type { SlideInfo } from '../core/slide.js'
import { openSlide } from '../readers/open.js'
import type { Comparison } from './compare-readers.js'
import { errorText } from './exit.js'
import { answer, aside } from './say.js'

export function inspectCommand(): Command {
  return new Command('inspect')
    .description('show what slides are: size, levels, resolution and where it comes from')
    .argument('<slides...>', 'slides or pictures')
    .option('--json', 'one JSON line a slide', false)
    .option('--compare', 'read some places of each slide by OpenSlide, too, and show the largest difference', false)
    .addOption(
      new Option('--openslide <when>', 'let OpenSlide read what tiastream does not (auto), or whatever it can (always)').choices([
        'auto',
        'always',
      ]),
    )
    .action(async (files: string[], { json, compare, openslide }: InspectOptions) => {
      for (const file of files) {
        try {
          const { info, comparison, failed } = await factsOf(file, compare, openslide)
          if (json) answer(`${JSON.stringify({ ...info, comparison: failed ? { error: recordOf(failed) } : comparison })}\n`)
          else answer(`${[describe(info), ...(comparison ? comparedText(comparison) : [])].join('\n')}\n`)
          if (failed) process.exitCode = 1
          if (failed && !json) aside(`${errorText(failed, 'human')}\n`)
        } catch (error) {
          process.exitCode = 1
          if (json) answer(`${JSON.stringify({ uri: withoutSecrets(file), error: recordOf(error) })}\n`)
          else aside(`${errorText(error, 'human')}\n`)
        }
      }
    })
}

interface InspectOptions {
  readonly json: boolean
  readonly compare: boolean
  readonly openslide?: 'auto' | 'always'
}

async function factsOf(
  file: string,
  compare: boolean,
  openslide: InspectOptions['openslide'],
): Promise<{ readonly info: SlideInfo; readonly comparison?: Comparison; readonly failed?: SlideError }> {
  const id = path.parse(nameIn(file)).name
  const slide = await openSlide({ kind: 'slide', id, uri: file, carried: {}, ...(openslide ? { readers: { openslide } } : {}) })
  const { info } = slide
  try {
    if (!compare) return { info }
    const { compareReaders } = await import('./compare-readers.js')
    return { info, comparison: await compareReaders(file, slide) }
  } catch (error) {
    // The slide is read all the same.
    if (error instanceof SlideError) return { info, failed: error }
    throw error
  } finally {
    await slide.close()
  }
}

function describe(info: SlideInfo): string {
  const { mpp, power, bounds } = info
  const facts: [string, string][] = [
    ['vendor', info.vendor],
    ['size', `${info.width} × ${info.height} px, ${info.compression}`],
    [
      'resolution',
      mpp
        ? `${number(mpp.x)}${mpp.x === mpp.y ? '' : ` × ${number(mpp.y)}`} µm/px (${info.mppSource})`
        : 'not told: give mpp where it is needed',
    ],
    ['power', power === undefined ? 'not told' : `${number(power)} × (${info.powerSource})`],
    ...info.levels.map((level, i): [string, string] => [
      i === 0 ? 'levels' : '',
      `${i}: ${level.width} × ${level.height} px, 1/${number(level.downsample.x)}, tiles ${level.tile.width} × ${level.tile.height}`,
    ]),
    ...(bounds === undefined
      ? []
      : [['scanned', `${bounds.width} × ${bounds.height} px from ${bounds.x}, ${bounds.y}`] as [string, string]]),
    ['pictures', info.associated.join(', ') || 'none'],
    ...info.warnings.map((warning): [string, string] => ['warning', warning]),
  ]
  return [info.uri, ...facts.map(([name, value]) => `  ${name.padEnd(11)}${value}`)].join('\n')
}

function comparedText({ with: other, levels, facts }: Comparison): string[] {
  const lines = levels.map(({ level, pixels, differing, most, at }) => {
    const where = at === undefined ? '' : `, at ${at.x}, ${at.y}`
    return `${other}, level ${level}: ${differing} of ${pixels} pixels differ, by ${most} at most${where}`
  })
  const all = lines.length === 0 ? [`${other} has no level of the same size`] : lines
  return [...all, ...facts.map((fact) => `${other} says ${fact}`)].map((line, i) => `  ${(i === 0 ? 'compared' : '').padEnd(11)}${line}`)
}

const number = (value: number): string => `${Number(value.toPrecision(6))}`
