/** sharp itself, loaded when the first picture is read or written. */

import { PipelineError } from '../core/errors.js'
import { refusedByNode } from '../core/host/node-forbids.js'

export type { Sharp } from 'sharp'
export type SharpLibrary = typeof import('sharp').default

/** Throws SHARP_MISSING with the cure: its library for this machine is a package of its own, which npm leaves out with `--omit=optional`. */
export async function loadSharp(load: () => Promise<{ readonly default: SharpLibrary }> = () => import('sharp')): Promise<SharpLibrary> {
  try {
    return (await load()).default
  } catch (cause) {
    const [said] = (cause instanceof Error ? cause.message : String(cause)).split('\n')
    throw new PipelineError('SHARP_MISSING', `sharp, which reads and writes PNG, JPEG and WebP pictures, does not load here: ${said}`, {
      // Its own words do not say that it was Node that refused.
      hint: refusedByNode()?.hint ?? 'npm install --include=optional sharp',
      cause,
    })
  }
}
