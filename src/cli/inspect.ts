/** `tiastream inspect`: what a slide is, and where each number comes from. */

import { Command } from 'commander'
import { recordOf } from '../core/errors.js'
import type { SlideInfo } from '../core/slide.js'
import { openSlide } from '../readers/open.js'
import { errorText } from './exit.js'

export function inspectCommand(): Command {
  return new Command('inspect')
    .description('tell what slides are: size, levels, resolution and where it comes from')
    .argument('<slides...>', 'slides or pictures')
    .option('--json', 'one JSON line a slide', false)
    .action(async (files: string[], { json }: { json: boolean }) => {
      for (const file of files) {
        try {
          const info = await infoOf(file)
          process.stdout.write(json ? `${JSON.stringify(info)}\n` : `${describe(info)}\n`)
        } catch (error) {
          process.exitCode = 1
          if (json) process.stdout.write(`${JSON.stringify({ uri: file, error: recordOf(error) })}\n`)
          else process.stderr.write(`${errorText(error, 'human')}\n`)
        }
      }
    })
}

async function infoOf(file: string): Promise<SlideInfo> {
  const slide = await openSlide(file)
  try {
    return slide.info
  } finally {
    await slide.close()
  }
}

function describe(info: SlideInfo): string {
  const { mpp, power } = info
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
    ['pictures', info.associated.join(', ') || 'none'],
    ...info.warnings.map((warning): [string, string] => ['warning', warning]),
  ]
  return [info.uri, ...facts.map(([name, value]) => `  ${name.padEnd(11)}${value}`)].join('\n')
}

const number = (value: number): string => `${Number(value.toPrecision(6))}`
