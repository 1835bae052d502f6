/** What to write where a device has another name: that of its maker, or of another library. */

import { cardsPattern, isDevice } from './devices.js'
import { type DeviceName, deviceNames } from './model.js'

const about: Readonly<Record<DeviceName, string>> = {
  cpu: 'any machine',
  cuda: 'an NVIDIA GPU',
  tensorrt: 'an NVIDIA GPU, compiled for it',
  webgpu: 'any GPU, by its graphics driver',
  dml: 'a GPU on Windows',
  coreml: 'Apple',
  openvino: "any processor, by Intel's library",
}

const nvidia: readonly DeviceName[] = ['cuda', 'tensorrt']
const apple: readonly DeviceName[] = ['coreml', 'webgpu']
const other: readonly DeviceName[] = ['webgpu', 'dml']

/** Beginnings of the names that others give them. */
const meant: readonly (readonly [RegExp, readonly DeviceName[]])[] = [
  [/^(?:trt|tensor-?rt)/, ['tensorrt']],
  [/^(?:cuda|nvidia|nv|geforce|rtx|gtx|tesla|[ah]100|[vta]\d+$)/, nvidia],
  [/^(?:mps|metal|apple|ane|mac|m\d$|core-?ml)/, apple],
  [/^(?:direct|dx|d3d|dml)/, ['dml']],
  [/^(?:vulkan|wgpu|web-?gpu|opengl)/, ['webgpu']],
  [/^(?:open-?vino|ov$|amx)/, ['openvino']],
  [/^(?:intel)/, ['openvino', 'webgpu']],
  [/^(?:rocm|hip|amd|radeon|arc|xpu|opencl)/, other],
  [/^(?:host|processor|none|x86|cpu)/, ['cpu']],
]

export function deviceWords(value: unknown): string | undefined {
  const all = deviceNames.map(explained).join(', ')
  if (typeof value !== 'string') return value === true || typeof value === 'number' ? `is ${String(value)}: write one of ${all}` : undefined
  const word = value.trim().toLowerCase()
  const parts = word.split(/[\s,;+|]+/).filter((part) => part !== '')
  if (parts.length > 1 && parts.every(isName)) return `'${value}' is no device: write [${parts.join(', ')}], which are tried in this order`
  if (isName(word)) return `'${value}' is no device: write ${word}`
  if (/^(?:auto|any|best|default)$/.test(word))
    return `'${value}' is no device: write a list, which is tried in its order, as [cuda, cpu]; there are ${all}`
  const names = meant.find(([start]) => start.test(word))?.[1]
  const card = /^(?:cuda|gpu|nvidia)[:\s]?(\d{1,3})$/.exec(word)?.[1]
  if (card !== undefined) return `'${value}' is no device: write cuda:${card}`
  return `'${value}' is no device: write ${names ? names.map(explained).join(' or ') : `one of ${all}`}`
}

const isName = (word: string): boolean => isDevice(word) || cardsPattern.test(word)
const explained = (name: DeviceName): string => `${name} (${about[name]})`
