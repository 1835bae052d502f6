/** The files besides the slides that stages read (masks, a target): whether they are there, and whether each slide has its own. */

import { withoutSecrets } from '../../core/address.js'
import { PipelineError } from '../../core/errors.js'
import type { SlideRef } from '../../core/slide.js'
import type { AnyStageSpec } from '../../core/stage.js'
import { counted } from '../../core/text/counted.js'
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

/** What a stage reads for a slide, and why it cannot be read. */
export interface Looked {
  readonly files: readonly string[]
  readonly fault: PipelineError | undefined
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

  /** Those of a slide, stage by stage: whether they are there, and may be read. */
  look(ref: SlideRef): Promise<readonly Looked[]> {
    return Promise.all(
      this.#asked.map(async ({ stage: { spec, options, where } }) => {
        const files = spec.files!(options!, ref, this.folder)
        if (files === null) return { files: [], fault: new PipelineError('FILE_MISSING', `neither ${where} nor the source names a file`) }
        let fault: PipelineError | undefined
        for (const file of files) fault ??= await faultOf(file)
        return { files, fault }
      }),
    )
  }

  /** What was seen, slide after slide in their order. Answers the first of its files that is not there. */
  add(looked: readonly Looked[]): PipelineError | undefined {
    for (const [i, { files, fault }] of looked.entries()) {
      const asked = this.#asked[i]!
      if (files.length > 0) asked.slides++
      // Two are enough to tell that they differ.
      for (const file of files) if (asked.files.size < 2) asked.files.add(file)
      if (fault === undefined) continue
      asked.absent++
      asked.fault ??= fault
    }
    return looked.find(({ fault }) => fault !== undefined)?.fault
  }

  /** Where none of all slides has its file, its name is wrong, and nothing starts. Answers the warnings. */
  told(all: number, problems: ProblemList): readonly string[] {
    return this.#asked.flatMap(({ stage: { at, where, spec }, files, slides, absent, fault }) => {
      // A word in braces that stands for nothing is told by the stage.
      if (fault !== undefined && absent === all && !/\{[^{}]*\}/.test(fault.message))
        problems.add(
          'FILE_MISSING',
          at,
          where,
          spec.oneForAll
            ? `reads a file for all slides: ${fault.message}`
            : `reads a file of each slide, and none of ${counted(all, 'slide')} has one: ${fault.message}`,
        )
      const [only] = files
      const some = slides > 0 && slides < all ? [`${where} reads a file of ${slides} of ${all} slides, and has none for the others`] : []
      if (slides < 2 || files.size !== 1 || spec.oneForAll) return some
      return [...some, `${where} reads ${withoutSecrets(only!)} for all ${slides} slides: {slide} in its name stands for the id of each`]
    })
  }
}
