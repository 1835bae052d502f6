/** How busy a run's devices were, and what its blocks waited for, as people read it. */

import { counted } from '../../core/text/counted.js'
import type { RunSummary } from './run-events.js'

/** `cuda:0 93 % (2 sessions), cuda:1 91 % (2 sessions)`; empty where nothing is known. */
export function busyText({ devices = [] }: Pick<RunSummary, 'devices'>): string {
  return devices
    .map(({ device, sessions, busy }) => `${device} ${Math.round(busy * 100)} %${sessions > 1 ? ` (${counted(sessions, 'session')})` : ''}`)
    .join(', ')
}

/** `a block waited 12 ms for a lane, 85 ms for the device and 3 ms for its turn`; empty where nothing is known. */
export function waitsText({ devices = [], waits }: Pick<RunSummary, 'devices' | 'waits'>): string {
  if (!waits || devices.length === 0) return ''
  const parts = [`${ms(waits.lanes)} for a lane`, ...(waits.device > 0 ? [`${ms(waits.device)} for the device`] : [])]
  return `a block waited ${parts.join(', ')} and ${ms(waits.merge)} for its turn`
}

const ms = (value: number): string => (value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`)
