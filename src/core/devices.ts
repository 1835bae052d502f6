/** Devices as a pipeline writes them: `cpu`, `cuda` (the first card), `cuda:1`, `cuda:0+cuda:1` (both at once). */

import { type DeviceName, deviceNames } from './model.js'

/** One card, or the CPU. */
export interface Place {
  readonly device: DeviceName
  /** Which of several cards, from 0. */
  readonly card: number
}

/** Devices of which a machine may have several that can be told apart. (`cpu:1` no pipeline can write: in tests it stands for a card.) */
const numbered: readonly DeviceName[] = ['cuda', 'tensorrt', 'cpu']

/** As one writes it: `cuda:1`, `cuda:0+cuda:1`. */
export const cardsPattern = /^(?:cuda:\d{1,3}(?:\+cuda:\d{1,3})*|tensorrt:\d{1,3}(?:\+tensorrt:\d{1,3})*)$/

/** Devices on which a lane asks the model itself: each has a session of its own, and pixels never leave it. */
const inLanes: readonly DeviceName[] = ['cpu', 'openvino']

export function isDevice(name: string): name is DeviceName {
  return (deviceNames as readonly string[]).includes(name)
}

/** The kind of device that one entry of a list is about: `cuda` of `cuda:0+cuda:1`. */
export const kindOf = (written: string): string => written.split(/[:+]/, 1)[0]!

/** Whether the models of this entry run in the lanes; others run in threads of their own. */
export const runsInLanes = (written: string): boolean => (inLanes as readonly string[]).includes(kindOf(written))

const pattern = /^([a-z]+)(?::(\d{1,3}))?$/

/** The cards of one entry. Throws in words what is wrong with it. */
export function placesOf(written: string): readonly Place[] {
  const places = written.split('+').map((part) => {
    const [, device = '', card] = pattern.exec(part) ?? []
    if (!isDevice(device)) throw new Error(`is no device; these are: ${deviceNames.join(', ')}`)
    if (card !== undefined && !numbered.includes(device)) throw new Error('has no GPUs to choose from: only cuda and tensorrt have')
    return { device, card: Number(card ?? 0) }
  })
  if (new Set(places.map(({ device }) => device)).size > 1)
    throw new Error('joins devices of two kinds, whose numbers differ: + joins GPUs of one kind, a list is tried in its order')
  if (new Set(places.map(({ card }) => card)).size < places.length) throw new Error('names a GPU twice')
  return places
}

/** As a person would write it. */
export const placeName = ({ device, card }: Place): string => (device !== 'cpu' && numbered.includes(device) ? `${device}:${card}` : device)
