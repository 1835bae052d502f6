/**
 * The names under which the same weights are saved: TIAToolbox's (`feat_extract.…`), torchvision's and timm's. All are brought
 * to TIAToolbox's. Not every network exists in each: timm has no AlexNet and no GoogLeNet, and its MobileNetV3, like
 * torchvision's and torchvision's AlexNet, has hidden layers behind the pooling that are not part of these.
 */

import type { StoredTensor } from './tensors.js'

export type Layout = 'tiatoolbox' | 'torchvision' | 'timm'

type Rename = (name: string) => string

const heads: Rename = (name) => name.replace(/^(fc|fc\.1|classifier\.1|head\.fc)\.(weight|bias)$/, 'classifier.$2')

const resnet: Rename = (name) =>
  heads(name)
    .replace(/^conv1\./, 'feat_extract.0.')
    .replace(/^bn1\./, 'feat_extract.1.')
    .replace(/^layer([1-4])\./, (_, layer) => `feat_extract.${Number(layer) + 3}.`)

const features: Rename = (name) => heads(name).replace(/^features\./, 'feat_extract.')

/** The children of torchvision's GoogLeNet in order. */
const googlenetChildren =
  'conv1 maxpool1 conv2 conv3 maxpool2 inception3a inception3b maxpool3 inception4a inception4b inception4c inception4d inception4e maxpool4 inception5a inception5b'.split(
    ' ',
  )
const googlenet: Rename = (name) => {
  const [child, ...rest] = heads(name).split('.')
  const index = googlenetChildren.indexOf(child!)
  return index < 0 ? heads(name) : ['feat_extract', index, ...rest].join('.')
}

/** Blocks of MobileNetV2 by stage, so that timm's `blocks.STAGE.BLOCK` finds its index in the sequence. */
const stageSizes = [1, 2, 3, 4, 3, 3, 1]
const timmParts: Readonly<Record<string, string>> = {
  conv_pw: '0.0',
  bn1: '0.1',
  conv_dw: '1.0',
  bn2: '1.1',
  conv_pwl: '2',
  bn3: '3',
}
const timmFirstParts: Readonly<Record<string, string>> = { conv_dw: '0.0', bn1: '0.1', conv_pw: '1', bn2: '2' }

const timmMobilenetV2: Rename = (name) => {
  const block = /^blocks\.(\d)\.(\d)\.(\w+)\.(.+)$/.exec(name)
  if (block) {
    const [, stage, position, part, rest] = block
    const index = 1 + stageSizes.slice(0, Number(stage)).reduce((sum, n) => sum + n, 0) + Number(position)
    const renamed = (stage === '0' ? timmFirstParts : timmParts)[part!]
    return renamed === undefined ? name : `feat_extract.${index}.conv.${renamed}.${rest}`
  }
  return heads(name)
    .replace(/^conv_stem\./, 'feat_extract.0.0.')
    .replace(/^bn1\./, 'feat_extract.0.1.')
    .replace(/^conv_head\./, 'feat_extract.18.0.')
    .replace(/^bn2\./, 'feat_extract.18.1.')
}

const isResnet = (architecture: string) => /^(resnet|resnext|wide_resnet)/.test(architecture)

/** Parts of a trainer that are no layers: a loss with weights of classes, counters of metrics. */
const ofTraining =
  /^(\w*_)?((criterion|loss(es|_fn|_func|_function)?|metrics?|accuracy|auroc|f1(_?score)?|conf_?mat|confusion_matrix)(_\w*)?|acc|auc|recall)$/i

/** What a loss is given, as a trainer keeps it beside its network. */
const ofLoss = /^(class_?weights?|(loss|ce|pos)_weights?)$/i

/** Letters of the name of a part: the names of tensors are of anyone, and what is looked for takes the square of them. */
const longestPart = 200

/** How many networks an average is of (torch.optim.swa_utils). */
const counter = 'n_averaged'

/** The tensors of the network, and the names of those that only its training has. */
export function withoutTraining(tensors: ReadonlyMap<string, StoredTensor>) {
  const isOfTraining = (key: string) => {
    const end = key.indexOf('.')
    return end >= 0 && end <= longestPart && ofTraining.test(key.slice(0, end))
  }
  const keys = [...tensors.keys()]
  const kernels = keys.filter((key) => tensors.get(key)!.shape.length === 4)
  // What has all kernels is the network, whatever it is called: model_best_auc.
  const isNetwork = kernels.length > 0 && kernels.every(isOfTraining)
  const leftOut = keys.filter((key) => key === counter || ofLoss.test(key) || (!isNetwork && isOfTraining(key)))
  return { leftOut, tensors: new Map([...tensors].filter(([key]) => !leftOut.includes(key))) }
}

/**
 * The same tensors without what stands before every name: DataParallel, Lightning and other trainers, torch.compile, an attribute of somebody's own
 * module. No network has all its tensors under one name: maps and head stand side by side. `kept` are names that stay.
 */
export function withoutWrappers(
  tensors: ReadonlyMap<string, StoredTensor>,
  kept: readonly string[] = [],
): ReadonlyMap<string, StoredTensor> {
  const [first = ''] = tensors.keys()
  const prefix = first.slice(0, first.indexOf('.') + 1)
  if (
    prefix === '' ||
    kept.includes(prefix.slice(0, -1)) ||
    tensors.size < 2 ||
    ![...tensors.keys()].every((key) => key.startsWith(prefix))
  )
    return tensors
  return withoutWrappers(new Map([...tensors].map(([key, tensor]) => [key.slice(prefix.length), tensor])), kept)
}

/** Names that networks have themselves for all that comes before their head. */
const ownBodies = ['feat_extract', 'features', 'blocks']

export interface Joined {
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** What was put together: the names of the body and of its head; null where nothing was. */
  readonly parts: readonly [body: string, head: string] | null
}

/** The tensors of one network where its maps are one attribute of somebody's own module, and the linear layer behind them is another (`backbone.…`, `head.…`). */
export function withHead(tensors: ReadonlyMap<string, StoredTensor>): Joined {
  const asTheyAre = { tensors, parts: null }
  const [first = ''] = tensors.keys()
  const body = first.slice(0, Math.max(0, first.indexOf('.')))
  const others = [...tensors].filter(([key]) => !key.startsWith(`${body}.`))
  const [head] = others.flatMap(([key, { shape }]) =>
    key.endsWith('.weight') && shape.length === 2 ? [key.slice(0, -'.weight'.length)] : [],
  )
  const linear = head !== undefined && others.length === 2 && tensors.get(`${head}.bias`)?.shape.length === 1
  if (body === '' || ownBodies.includes(body) || !linear) return asTheyAre
  const inside = [...tensors].filter(([key]) => key.startsWith(`${body}.`))
  const maps = withoutWrappers(new Map(inside.map(([key, tensor]) => [key.slice(body.length + 1), tensor])), ownBodies)
  // A head of its own is another layer.
  if ([...maps.keys()].some((key) => /^(fc|classifier|head)\./.test(key))) return asTheyAre
  const behind = ['weight', 'bias'].map((part) => [`classifier.${part}`, tensors.get(`${head}.${part}`)!] as const)
  return { tensors: new Map([...maps, ...behind]), parts: [body, head] }
}

/** Tells by the names which layout it is. torchvision's and timm's ResNets and DenseNets are named alike. */
export function layoutOf(names: Iterable<string>): Layout {
  const all = [...names]
  if (all.some((name) => name.startsWith('feat_extract.'))) return 'tiatoolbox'
  return all.some((name) => /^(blocks\.|conv_stem\.|head\.fc\.)/.test(name)) ? 'timm' : 'torchvision'
}

/** The same tensors under TIAToolbox's names; a name that is not understood stays, and will be reported as not part of it. */
export function inTiatoolboxLayout(tensors: ReadonlyMap<string, StoredTensor>, architecture: string): ReadonlyMap<string, StoredTensor> {
  const layout = layoutOf(tensors.keys())
  if (layout === 'tiatoolbox') return tensors
  const rename = isResnet(architecture)
    ? resnet
    : architecture === 'googlenet'
      ? googlenet
      : architecture === 'mobilenet_v2' && layout === 'timm'
        ? timmMobilenetV2
        : features
  return new Map([...tensors].map(([name, tensor]) => [rename(name), tensor]))
}
