/** Problems of a pipeline file: collected all at once, each with its place, then shown sorted, one a line. */

import path from 'node:path'
import { PipelineError, SinkError, SlideError } from '../../core/errors.js'
import { cut } from '../../core/text/cut.js'
import { visible } from '../../core/text/unseen.js'

/** Line and column, both from 1. Of a pipeline given as an object: the number of the value. */
export interface Position {
  readonly line: number
  readonly column: number
}

export interface Problem extends Position {
  /** Stable, for programs: `UNKNOWN_OPTION`. */
  readonly code: string
  /** Absolute path of the file the position lies in: the pipeline, or a list it names. Empty for a pipeline given as an object. */
  readonly file: string
  /** Where in the document: `stages[1].mask.keep`; empty for the document itself. */
  readonly path: string
  /** One sentence that reads on from the path; with a subject of its own where `apart` is set. */
  readonly message: string
  readonly apart?: true
}

const byPlace = (a: Problem, b: Problem) =>
  (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column || (a.message < b.message ? -1 : 1)

/** Takes problems as they are found; the same sentence at the same place counts once. */
export class ProblemList {
  readonly #file: string
  readonly #found = new Map<string, Problem>()

  /** `file` is where problems lie unless they say otherwise. */
  constructor(file: string) {
    this.#file = file
  }

  add(code: string, at: Position & { readonly file?: string }, where: string, message: string): void {
    this.#add({ code, file: at.file ?? this.#file, line: at.line, column: at.column, path: where, message })
  }

  /** The same for a sentence with a subject of its own: those of specs and errors. */
  addApart(code: string, at: Position, where: string, message: string): void {
    this.#add({ code, file: this.#file, line: at.line, column: at.column, path: where, message, apart: true })
  }

  #add(problem: Problem): void {
    const { file, line, column } = problem
    const message = visible(cut(problem.message))
    this.#found.set(`${file}:${line}:${column}:${message}`, { ...problem, message })
  }

  get any(): boolean {
    return this.#found.size > 0
  }

  /** Those of the pipeline file first, then those of its lists, each by position. */
  sorted(): readonly Problem[] {
    const all = [...this.#found.values()].sort(byPlace)
    return [...all.filter((p) => p.file === this.#file), ...all.filter((p) => p.file !== this.#file)]
  }
}

/** `stages[1].mask has no option 'kep'`: a colon where the sentence starts with a quoted value or a second subject. */
function sentence({ path: where, message, apart }: Problem): string {
  if (where === '') return message
  return apart || message.startsWith("'") ? `${where}: ${message}` : `${where} ${message}`
}

/**
 * `pipeline.yml:9:13   stages[1].mask has no option 'kep', did you mean 'keep'?`; the file as seen from `from`. Without the place, where there is
 * no file: the path says where it is.
 */
export function formatProblem(problem: Problem, from = process.cwd()): string {
  if (problem.file === '') return sentence(problem)
  const relative = path.relative(from, problem.file)
  const file = relative === '' || relative.startsWith(`..${path.sep}..`) ? problem.file : relative
  return `${file}:${problem.line}:${problem.column}   ${sentence(problem)}`
}

export const countOf = (problems: readonly Problem[]): string => (problems.length === 1 ? '1 problem' : `${problems.length} problems`)

/** All lines, and the count as the last. */
export function formatProblems(problems: readonly Problem[], from?: string): string {
  return [...problems.map((p) => formatProblem(p, from)), countOf(problems)].join('\n')
}

/** What is of the place of the slides or of the results and not of the pipeline, which may be right tomorrow as it is: with whom it is told. */
const ofPlaces: Readonly<Record<string, typeof SlideError | typeof SinkError>> = {
  LIST_FORBIDDEN: SlideError,
  LIST_UNREACHABLE: SlideError,
  OUTPUT_DENIED: SinkError,
  OUTPUT_FAILED: SinkError,
  OUTPUT_MISSING: SinkError,
  OUTPUT_UNREACHABLE: SinkError,
}

/** True when nothing is wrong with the pipeline: its results have no place, or a server of theirs or of the slides does not answer. */
export const onlyPlaces = (problems: readonly Problem[]): boolean => problems.every(({ code }) => code in ofPlaces)

/** Where there are problems, throws one error that says all: the code and place of the first (of the pipeline, where it has any), every line in the message. */
export function mustHaveNone(problems: readonly Problem[]): void {
  const first = problems.find((problem) => !(problem.code in ofPlaces)) ?? problems[0]
  if (first === undefined) return
  const { code, file, line, column } = first
  const Family = ofPlaces[code] ?? PipelineError
  throw new Family(code, formatProblems(problems), file === '' ? {} : { at: { file, line, column } })
}
