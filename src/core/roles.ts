/**
 * What a stage is to the rest of a pipeline, whatever it is called. A spec says which roles its stage plays, and plan, check, crew, memory,
 * provenance and sinks ask for the role: a stage of a user that plays it is to them what the built-in one is.
 */

import type { Resolution } from '../geometry/resolution.js'
import type { Settings } from './device-settings.js'
import type { Precision } from './precision.js'
import type { DecodeSpeed } from './slide.js'

/** Where patches lie: their size and stride, [width, height] in pixels at a resolution. */
export interface PatchGrid {
  readonly at: Resolution
  readonly patch: readonly [number, number]
  readonly stride: readonly [number, number]
  /** Others laid them: the stride says nothing of where they lie. */
  readonly placed?: true
}

/** What each role means in numbers. Plain data: it crosses threads. */
export interface Roles {
  /** Lays the patches over a slide. */
  readonly grid: PatchGrid
  /** Makes a mask of tissue that can be shown. */
  readonly mask: true
  /** Reads the pixels of patches. `marks`: a patch that cannot be read becomes a row that says so. */
  readonly pixels: { readonly decode: DecodeSpeed; readonly marks: boolean }
  /** Puts so many patches side by side. */
  readonly batch: number
  /** Gives quantised models their values in the place of colours. */
  readonly lookups: true
  /** Asks a model about every patch, on the first of the devices that works. `as`: its name, where it is not to be called by its own. `vectors`: what those it gives are rounded to. `precision`: in which numbers the processor computes; absent: as the graph says. */
  readonly answers: {
    readonly model: string
    readonly devices: readonly string[]
    readonly as?: string
    readonly vectors?: 'float16'
    readonly precision?: Precision
    /** How its sessions are made. */
    readonly settings?: Settings
  }
}

export type Role = keyof Roles

/** How the provenance says that some stage did not decode JPEG exactly. */
export const decodedFast = (stages: readonly { readonly provides: Provided }[]): { readonly decode?: 'fast' } =>
  providedIn(stages, 'pixels').some(({ decode }) => decode === 'fast') ? { decode: 'fast' } : {}

/** Whether patches that cannot be read become rows that say so. */
export const marksIn = (stages: readonly { readonly provides: Provided }[]): boolean =>
  providedIn(stages, 'pixels').some(({ marks }) => marks)

/** What one stage provides. */
export type Provided = { readonly [R in Role]?: Roles[R] }

/** The roles of a stage as functions of its options, which are pure. Undefined: with these options it does not play it. */
export type Provides<O> = { readonly [R in Role]?: (options: O) => Roles[R] | undefined }

/** What a stage with these options provides. */
export const providedBy = <O>({ provides = {} }: { readonly provides?: Provides<O> }, options: O): Provided =>
  Object.fromEntries(
    Object.entries(provides)
      .map(([role, of]) => [role, of(options)] as const)
      .filter(([, value]) => value !== undefined),
  )

/** What the stages provide in a role, in their order. */
export const providedIn = <R extends Role>(stages: readonly { readonly provides: Provided }[], role: R): readonly Roles[R][] =>
  stages.flatMap(({ provides }) => {
    const value = provides[role]
    return value === undefined ? [] : [value]
  })
