/** `tiastream models verify`: does a model do here what its card says. */

import { Command } from 'commander'
import { ModelError } from '../../core/errors.js'
import type { ModelInput } from '../../core/model.js'
import { formatResolution } from '../../core/text/resolution-text.js'
import { readCard } from '../../models/card/card.js'
import { findModel } from '../../models/card/find.js'
import { type Verified, verifyModel } from '../../workshop/verify/verify.js'
import { megabytes } from '../amounts.js'
import { answer } from '../say.js'

export function verifyCommand(): Command {
  return new Command('verify')
    .description('run the test vector of a model and look at its answers; exit code 3 when something is wrong')
    .argument('<model...>', 'names or folders')
    .option('--json', 'print the findings as JSON', false)
    .action(async (models: readonly string[], { json }: { readonly json: boolean }) => {
      const wrong: string[] = []
      for (const name of models) {
        const verified = await verifyModel(await readCard(await findModel(name, process.cwd())))
        const { card, findings, ms, batch } = verified
        answer(json ? `${JSON.stringify({ model: card.name, folder: card.folder, findings, ms, batch })}\n` : verifyText(verified))
        wrong.push(...findings.filter(({ good }) => good === false).map(({ what, says }) => `${card.name}: ${what}: ${says}`))
      }
      if (wrong.length > 0) {
        throw new ModelError('MODEL_WRONG', wrong.join('\n'), {
          hint: 'the file, its card or the runtime here is not what it was when the card was written',
        })
      }
    })
}

function verifyText({ card, findings, ms, batch, warnings }: Verified): string {
  const rows: [mark: string, what: string, says: string][] = [
    [
      '',
      'file',
      `${megabytes(card.bytes ?? 0)}, sha256 ${card.sha256.slice(0, 12)}…${card.parent === undefined ? '' : `, made of ${card.parent}`}`,
    ],
    ...card.inputs.map((input): [string, string, string] => ['', `input ${input.name}`, inputText(input, card.batch)]),
    ...findings.map(({ what, good, says }): [string, string, string] => [good === null ? '–' : good ? '✓' : '✗', what, says]),
    ...(Number.isFinite(ms)
      ? [['', 'time', `${ms.toPrecision(3)} ms a patch, ${batch} at a time, one thread`] as [string, string, string]]
      : []),
    ...warnings.map((warning): [string, string, string] => ['!', 'warning', warning]),
  ]
  const wide = Math.max(...rows.map(([, what]) => what.length))
  return `${card.name}  ${card.folder}\n${rows.map(([mark, what, says]) => `${(mark || ' ').padStart(3)} ${what.padEnd(wide)}  ${says}\n`).join('')}`
}

function inputText(
  { width, height, at, form, layout, channels, dtype, scale, mean, std, lookup }: ModelInput,
  batch: number | null,
): string {
  const numbers = dtype === 'uint8' ? '' : `, × ${scale === 1 / 255 ? '1/255' : scale}`
  const norm = mean.some((v) => v !== 0) || std.some((v) => v !== 1) ? `, − ${mean.join(' ')}, ÷ ${std.join(' ')}` : ''
  const order = form === 'pixels' ? `${channels} pixels by themselves` : `${channels} ${layout}`
  return `${width} × ${height} px${at ? ` at ${formatResolution(at)}` : ''}, ${order}, ${dtype}${numbers}${norm}${lookup ? ', through a table' : ''}, ${batch === null ? 'any batch' : `batch of ${batch}`}`
}
