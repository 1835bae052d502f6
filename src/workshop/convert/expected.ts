/** The tensors an architecture needs, and what is wrong with those a file has: all of it, each by name. */

import { ModelError } from '../../core/errors.js'
import { counted } from '../../core/text/counted.js'
import type { Graph } from '../../models/onnx/graph.js'
import type { Architecture } from './architectures/architecture.js'
import { architectures } from './architectures/registry.js'
import { newNet } from './net.js'
import { isFloating, type StoredTensor } from './tensors.js'

/** Enough to see what is going on; the rest is counted. */
const mostNamed = 20

/** Shapes by name, in the order of the network; the last two are the head's. */
export function tensorsOf(architecture: Architecture, classes: number): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>()
  const note = (name: string, shape: readonly number[]) => {
    shapes.set(name, shape)
    return new Float32Array(0)
  }
  architecture.layers(newNet(nowhere, note), { value: 'image', channels: 3 }, { finalRelu: false })
  shapes.set('classifier.weight', [classes, architecture.features])
  shapes.set('classifier.bias', [classes])
  return shapes
}

/** A graph that forgets: for asking a network what it needs. */
const nowhere: Graph = {
  input: (name) => name,
  output: () => {},
  constant: (name) => name,
  node: (_, name) => name,
  model: () => ({ irVersion: 0, opsetImport: [] }),
  bytes: () => new Uint8Array(0),
}

/** PyTorch counts batches in every BatchNorm, and torchvision keeps the heads of GoogLeNet that only its training asks: they have no effect. */
const hasNoEffect = (name: string, { name: network }: Architecture) =>
  name.endsWith('.num_batches_tracked') || (network === 'googlenet' && /^aux[12]\./.test(name))

/** What does not fit, one sentence each: missing, extra and wrong-shaped tensors. */
function misfits(tensors: ReadonlyMap<string, StoredTensor>, architecture: Architecture, classes: number): readonly string[] {
  const expected = tensorsOf(architecture, classes)
  const problems: string[] = []
  for (const [name, shape] of expected) {
    const found = tensors.get(name)
    if (!found) problems.push(`${name} [${shape.join(', ')}] is missing`)
    else if (found.shape.join() !== shape.join())
      problems.push(`${name} is [${found.shape.join(', ')}] but should be [${shape.join(', ')}]`)
    else if (!isFloating(found.type)) problems.push(`${name} holds ${found.type}, not floating-point numbers`)
  }
  for (const [name, { shape }] of tensors) {
    if (!expected.has(name) && !hasNoEffect(name, architecture))
      problems.push(`${name} [${shape.join(', ')}] is not part of ${architecture.name}`)
  }
  return problems
}

function hintOf(subject: string, head: StoredTensor | undefined, { features }: Architecture, problems: readonly string[]): string {
  if (/-\d{5}-of-\d{5}\.\w+$/.test(subject))
    return 'it is one of several files of one network: in Python, load each of them (safetensors.torch.load_file, torch.load) and save all in one'
  if (!problems.every((problem) => problem.startsWith('classifier.'))) return 'check the name of the network and the number of classes'
  const [rows, ...wide] = head?.shape ?? []
  return wide.join() === String(features)
    ? `its head is of ${counted(rows!, 'class', 'classes')}: give as many names`
    : 'its head is another one (here it is one layer behind the mean of all places, as TIAToolbox has it): in Python, torch.onnx.export(model.eval(), …), then tiastream models import'
}

/** Throws WEIGHTS_MISMATCH with every misfit named, and with the architecture that would fit, if one does. */
export function checkTensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  architecture: Architecture,
  classes: number,
  subject: string,
): void {
  const problems = misfits(tensors, architecture, classes)
  if (problems.length === 0) return
  const fitting = Object.values(architectures).find((other) => misfits(tensors, other, classes).length === 0)
  const shown = problems.slice(0, mostNamed)
  if (problems.length > shown.length) shown.push(`and ${problems.length - shown.length} more`)
  throw new ModelError(
    'WEIGHTS_MISMATCH',
    `${subject} does not hold the weights of ${architecture.name} with ${classes} classes:\n  ${shown.join('\n  ')}`,
    {
      hint: fitting
        ? `these are the weights of ${fitting.name}`
        : hintOf(subject, tensors.get('classifier.weight'), architecture, problems),
    },
  )
}
