/** Which pieces of code an input reached: V8's own block coverage, so that inputs that reach something new are kept and changed further. */

import { Session } from 'node:inspector'

interface Range {
  readonly startOffset: number
  readonly endOffset: number
  readonly count: number
}

interface ScriptCoverage {
  readonly scriptId: string
  readonly url: string
  readonly functions: readonly { readonly ranges: readonly Range[] }[]
}

/** Our own code and the parsers behind it; not Node's, nor the fuzzer's. */
const ours = /\/dist\/src\/|\/node_modules\/(geotiff|yaml|yauzl|protobufjs|csv-parse|apache-arrow)\//

export class Coverage {
  readonly #session = new Session()
  readonly #seen = new Set<string>()

  constructor() {
    this.#session.connect()
    this.#ask('Profiler.enable')
    this.#ask('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** Pieces of code known so far. */
  get size(): number {
    return this.#seen.size
  }

  /** For another target: nothing is known. */
  forget(): void {
    this.isNew()
    this.#seen.clear()
  }

  /** True when something was reached since the last question that never was before. How often counts by powers of four. */
  isNew(): boolean {
    const before = this.#seen.size
    const { result } = this.#ask('Profiler.takePreciseCoverage') as { result: readonly ScriptCoverage[] }
    for (const { scriptId, url, functions } of result) {
      if (!ours.test(url)) continue
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count > 0) this.#seen.add(`${scriptId}:${startOffset}:${endOffset}:${Math.min(6, Math.floor(Math.log2(count) / 2))}`)
        }
      }
    }
    return this.#seen.size > before
  }

  #ask(method: string, params: object = {}): unknown {
    let answer: unknown
    // Answered before `post` returns: it is this very thread that answers.
    this.#session.post(method, params, (error, value) => {
      if (error) throw error
      answer = value
    })
    return answer
  }
}
