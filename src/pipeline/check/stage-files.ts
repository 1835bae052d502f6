/** The files besides the slides that stages read (masks): whether they are there, and whether each slide has its own. */

import { withoutSecrets } from '../../core/address.js'
import { counted } from '../../core/counted.js'
import type { PipelineError } from '../../core/errors.js'
import type { SlideRef } from '../../core/slide.js'
import type { AnyStageSpec } from '../../core/stage.js'
import { faultOf } from '../../sources/common/must-exist.js'
import type { ProblemList } from '../document/problems.js'
import type { Draft } from './check-shape.js'

interface Asked {
  readonly stage: Draft<AnyStageSpec>
  readonly files: Set<string>
  slides: number
  absent: number
  fault?: PipelineError
}

export class StageFiles {
  readonly #asked: readonly Asked[]

  constructor(
    stages: readonly Draft<AnyStageSpec>[],
    private readonly folder: string,
  ) {
    this.#asked = stages
      .filter(({ spec, options }) => spec.files !== undefined && options !== undefined)
      .map((stage) => ({ stage, files: new Set(), slides: 0, absent: 0 }))
  }

  /** Those of a slide, whether they are there or not. */
  of(ref: SlideRef): readonly string[] {
    return this.#asked.flatMap((asked) => this.#filesOf(asked, ref))
  }

  /** The first of those of a slide that is not there, or may not be read. */
  async absentOf(ref: SlideRef): Promise<PipelineError | undefined> {
    let first: PipelineError | undefined
    for (const asked of this.#asked) {
      const files = this.#filesOf(asked, ref)
      if (files.length === 0) continue
      asked.slides++
      let fault: PipelineError | undefined
      for (const file of files) {
        // Two are enough to tell that they differ.
        if (asked.files.size < 2) asked.files.add(file)
        fault ??= await faultOf(file)
      }
      if (fault === undefined) continue
      asked.absent++
      asked.fault ??= fault
      first ??= fault
    }
    return first
  }

  #filesOf = ({ stage: { spec, options } }: Asked, ref: SlideRef): readonly string[] => spec.files!(options!, ref, this.folder)

  /** Where none of all slides has its file, its name is wrong, and nothing starts. Answers the warnings. */
  told(all: number, problems: ProblemList): readonly string[] {
    return this.#asked.flatMap(({ stage: { at, where }, files, slides, absent, fault }) => {
      // A word in braces that stands for nothing is told by the stage.
      if (fault !== undefined && absent === all && !/\{[^{}]*\}/.test(fault.message))
        problems.add(
          'FILE_MISSING',
          at,
          where,
          `reads a file of each slide, and none of ${counted(all, 'slide')} has one: ${fault.message}`,
        )
      const [only] = files
      const some = slides > 0 && slides < all ? [`${where} reads a file of ${slides} of ${all} slides, and has none for the others`] : []
      if (slides < 2 || files.size !== 1) return some
      return [...some, `${where} reads ${withoutSecrets(only!)} for all ${slides} slides: {slide} in its name stands for the id of each`]
    })
  }
}
