/** Where the files of timm, Hugging Face, open_clip or MONAI beside a graph say otherwise than its new card: told, since they may be of another graph. */

import path from 'node:path'
import { ModelError } from '../../core/errors.js'
import type { ModelCard } from '../../core/model.js'
import { inAnotherOrder, inList, namesIn } from '../../core/text/name-list.js'
import { saidBeside } from '../../models/card/beside.js'
import type { Said } from '../../models/card/said.js'

export async function besideNotes(file: string, card: ModelCard): Promise<readonly string[]> {
  const beside = await saidBeside(path.dirname(path.resolve(file)))
  if (beside === null) return []
  const names = namesIn(beside.said.classes ?? '') ?? []
  mustBeInOrder(file, beside.files[0]!, names, card)
  const other = [...differing(beside.said, card), ...namesFor(names, card)]
  return other.length === 0
    ? []
    : [`${beside.files.join(' and ')} beside it ${beside.files.length === 1 ? 'says' : 'say'} otherwise: ${other.join(' ')}`]
}

/** The same names in another order are a mistake that nothing else shows. */
function mustBeInOrder(file: string, other: string, names: readonly string[], { outputs }: ModelCard): void {
  const given = outputs[0]!.classes.map(({ name }) => name)
  if (outputs[0]!.kind !== 'classes' || !inAnotherOrder(given, names)) return
  throw new ModelError('CARD_INVALID', `${file}: ${other} beside it names the same classes in another order: ${names.join(', ')}`, {
    hint: 'give --classes in that order; if that file is of another network, lay the graph into a folder of its own',
  })
}

/** Of a vector as long as there are names, where these are some. */
function namesFor(names: readonly string[], { outputs }: ModelCard): readonly string[] {
  const [{ kind, width }] = outputs as readonly [ModelCard['outputs'][number]]
  const some = names.length === width && names.length > 1 && !names.every((name) => /^LABEL_\d+$/.test(name))
  return kind === 'features' && some ? [`--classes '${names.map(inList).join(',')}'`] : []
}

/** Options that would say what they say. */
function differing({ size, scale, mean, std, channels, activation }: Said, { inputs, outputs }: ModelCard): string[] {
  const [input] = inputs as readonly [ModelCard['inputs'][number]]
  const [output] = outputs as readonly [ModelCard['outputs'][number]]
  const floats = input.dtype !== 'uint8'
  const written = input.width === input.height ? `${input.width}` : `${input.width}x${input.height}`
  const differs: readonly (readonly [option: string, said: string | undefined, other: boolean])[] = [
    ['size', size, size !== written],
    ['scale', scale ?? '1/255', floats && Math.abs(numberOf(scale ?? '1/255') - input.scale) > 1e-6],
    ['mean', mean, floats && !near(mean, input.mean)],
    ['std', std, floats && !near(std, input.std)],
    ['channels', channels, channels !== input.channels],
    ['activation', activation, output.kind === 'classes' && output.inGraph !== activation && output.apply !== activation],
  ]
  return differs.flatMap(([option, said, other]) => (said !== undefined && other ? [`--${option} ${said}`] : []))
}

const numberOf = (written: string): number => {
  const [above, below = 1] = written.split('/').map(Number) as [number, number?]
  return above / below
}

const near = (said: string | undefined, used: readonly number[]): boolean =>
  said?.split(',').every((one, i) => Math.abs(Number(one) - used[i]!) < 1e-3) ?? true
