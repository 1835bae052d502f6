/** What check must look at on the disk: the slides, the names of the files to come, and the output folder. */

import path from 'node:path'
import { isAddress, withoutSecrets } from '../../core/address.js'
import { PipelineError } from '../../core/errors.js'
import { holds } from '../../core/files/holds.js'
import type { Column } from '../../core/row.js'
import type { AnySinkSpec } from '../../core/sink.js'
import type { SlideRef } from '../../core/slide.js'
import type { AnySourceSpec, ValueTypes } from '../../core/source.js'
import type { AnyStageSpec } from '../../core/stage.js'
import { counted } from '../../core/text/counted.js'
import { didYouMean } from '../../core/text/did-you-mean.js'
import { inOneLine } from '../../core/text/in-one-line.js'
import { ahead } from '../../flow/ahead.js'
import { endingProblem } from '../../sinks/ending.js'
import { fileOf } from '../../sinks/file-of.js'
import { finderOf } from '../../sources/common/finds.js'
import { longestId, safeId } from '../../sources/common/ids.js'
import { absentOf } from '../../sources/common/must-exist.js'
import type { Position, ProblemList } from '../document/problems.js'
import { nodeAt } from '../document/yaml-node.js'
import type { Environment } from '../environment/environment.js'
import type { Draft } from './check-shape.js'
import { Links, whichFile } from './links.js'
import { StageFiles } from './stage-files.js'

/** File systems take 255 bytes; `.partial` is put behind while the file is written. */
const longestName = 255 - '.partial'.length

/** What an id must not hold, a name of a file must not hold either: control characters, `:`, reserved words. A first dot is fine. */
const isFileName = (name: string): boolean => safeId(name.replace(/^\.+/, 'x')) === name.replace(/^\.+/, 'x')

/** Problems of a `file:` template by itself, one sentence each. */
export function templateProblems(template: string): readonly string[] {
  const found: string[] = []
  for (const [, name] of template.matchAll(/\{([^{}]*)\}/g)) {
    if (name !== 'slide') found.push(`has {${name}}; only {slide} is known${didYouMean(name!, ['slide'])}`)
  }
  const parts = template.split('/')
  if (path.isAbsolute(template) || /^[a-z]:/i.test(template) || template.includes('\\') || parts.includes('..')) {
    found.push(`is '${template}', which leaves the output folder`)
  } else if (parts[0] === '.tiastream') found.push("is in '.tiastream', where the receipts are")
  else if (template.endsWith('.partial')) found.push("ends in '.partial', which marks unfinished files")
  else if (parts.some((part) => part === '' || part === '.')) found.push(`is '${template}', which is no plain path of a file`)
  else {
    const long = parts.find((part) => Buffer.byteLength(part.replaceAll('{slide}', 'x'.repeat(longestId))) > longestName)
    const unsafe = parts.find((part) => !isFileName(part.replaceAll('{slide}', 'x')))
    if (long !== undefined) found.push(`has '${long}', which with the id of a slide may be longer than a file name can be`)
    else if (unsafe !== undefined) found.push(`has ${JSON.stringify(unsafe)}, which cannot be a file name on every system`)
  }
  return found
}

export function checkTemplates(
  sinks: readonly Draft<AnySinkSpec>[],
  environment: Environment,
  problems: ProblemList,
): readonly NamedSink[] {
  return sinks.flatMap((sink) => {
    const template = sink.options?.file
    if (typeof template !== 'string') return []
    const at = sink.node ? nodeAt(sink.node, ['file']).at : sink.at
    const found = templateProblems(template)
    const ending = found.length === 0 ? endingProblem(sink.spec, sink.options ?? {}, environment.sinks) : undefined
    if (ending !== undefined) problems.add('FILE_TEMPLATE', at, `${sink.where}.file`, ending)
    for (const message of found) problems.add('FILE_TEMPLATE', at, `${sink.where}.file`, message)
    return found.length === 0 ? [{ where: sink.where, template, at }] : []
  })
}

export interface NamedSink {
  readonly where: string
  readonly template: string
  readonly at: Position
}

export interface SourceFound {
  readonly columns: readonly Column[]
  readonly slides: number
  /** Of sets. */
  readonly pictures: number
  readonly sets: readonly SlideRef[]
  readonly warnings: readonly string[]
}

interface Place {
  readonly folder: string
  readonly output: string | undefined
  /** Of the carried columns, in the output. */
  readonly known: ValueTypes
  readonly signal: AbortSignal | null | undefined
}

/** Slides without their file that are named. */
const shownAbsent = 3

/** Slides whose files are looked for at once: of a file server each takes a while to answer. */
const looksAtOnce = 16

/** Lists the slides as the run will, and the files they will become. Undefined (with problems) when the source fails. */
export async function checkSource(
  source: Draft<AnySourceSpec>,
  { folder, output, known, signal }: Place,
  { sinks, stages }: { readonly sinks: readonly NamedSink[]; readonly stages: readonly Draft<AnyStageSpec>[] },
  problems: ProblemList,
): Promise<SourceFound | undefined> {
  if (!source.options) return undefined
  const read = new StageFiles(stages, folder)
  const files = new FileNames(sinks, problems)
  const links = new Links()
  let slides = 0
  let pictures = 0
  let inOutput: string | undefined
  let first: string | undefined
  let absent = 0
  const shown: string[] = []
  const sets: SlideRef[] = []
  try {
    const { default: list, columns, warnings } = await source.spec.load()
    const until = signal ?? undefined
    const look = async (ref: SlideRef) => {
      // One after the other, as they are listed; what follows is asked of several at once.
      slides++
      pictures += ref.images?.length ?? 0
      if (ref.kind === 'set') sets.push(ref)
      files.claim(ref.id)
      first ??= ref.id
      if (output && !ref.pixels && lies(ref.uri, output)) inOutput ??= withoutSecrets(ref.uri)
      if (ref.kind === 'set') return { ref, file: undefined, fault: undefined, others: [] }
      const [file, fault, others] = await Promise.all([whichFile(ref), absentOf(ref), read.look(ref)])
      return { ref, file, fault, others }
    }
    const lookUnlessAborted = (ref: SlideRef) => {
      signal?.throwIfAborted()
      return look(ref)
    }
    for await (const { ref, file, fault, others } of ahead(list(source.options, folder, known, until), looksAtOnce, lookUnlessAborted)) {
      links.add(
        ref,
        file,
        others.flatMap((one) => one.files),
      )
      const other = read.add(others)
      const said = fault ?? other
      if (said && ++absent <= shownAbsent) shown.push(`${ref.id} (${said.message})`)
    }
    if (output && source.spec.kind !== 'set') {
      const told = await resultsFound(source.options.glob, sinks, { folder, output, inOutput, slide: first })
      if (told !== undefined) problems.add('SOURCE_IN_OUTPUT', source.at, source.where, told)
    }
    const failing =
      absent === 0 ? [] : [`${absent} of ${counted(slides, 'slide')} will fail: ${shown.join(', ')}${absent > shownAbsent ? ', …' : ''}`]
    return {
      columns: await columns(source.options, folder, known, until),
      slides,
      pictures,
      sets,
      warnings: [...((await warnings?.(source.options, folder, until)) ?? []), ...links.told, ...failing, ...read.told(slides, problems)],
    }
  } catch (error) {
    tellFailure(error, source, problems)
    return undefined
  }
}

function tellFailure(error: unknown, { at, where, name }: Draft<AnySourceSpec>, problems: ProblemList): void {
  if (!(error instanceof PipelineError)) throw error
  const all: PipelineError[] = error.cause instanceof AggregateError ? error.cause.errors : [error]
  for (const one of all) {
    const { code, message, at: place } = one
    const text = inOneLine(one)
    if (place?.file !== undefined) problems.add(code, { file: place.file, line: place.line ?? 1, column: place.column ?? 1 }, '', text)
    else if (message.startsWith(name)) problems.add(code, at, '', text)
    else problems.addApart(code, at, where, text)
  }
}

interface Results {
  readonly folder: string
  readonly output: string
  /** A slide that lies in the output. */
  readonly inOutput: string | undefined
  /** Any slide: the files of one are as those of another. */
  readonly slide: string | undefined
}

/** What a run writes must not be what it finds the next time: when it goes on after a crash it would be refused, or do its own results. */
async function resultsFound(
  glob: unknown,
  sinks: readonly NamedSink[],
  { folder, output, inOutput, slide }: Results,
): Promise<string | undefined> {
  const patterns = Array.isArray(glob) ? (glob as readonly string[]) : []
  const below = path.relative(folder, output).split(path.sep).join('/')
  const less = patterns.length > 0 && below !== '' && !isAddress(output) ? `, or take them away by a further pattern: '!${below}/**'` : ''
  const remedy = `a next run would take results for slides (say another output${less})`
  if (inOutput !== undefined) return `finds ${inOutput}, which lies in the output folder: ${remedy}`
  if (slide === undefined || patterns.length === 0 || isAddress(output)) return undefined
  const finds = await finderOf(patterns, folder)
  const found = sinks.map(({ template }) => path.join(output, fileOf(template, slide))).find(finds)
  return found && `will find ${found}, which this run writes: ${remedy}`
}

/** Every file of the run has one writer. Told once for each pair of sinks. */
class FileNames {
  /** Pairs of sinks that were told. */
  readonly #told = new Set<string>()
  readonly #owners = new Map<string, { readonly slide: string; readonly sink: NamedSink }>()

  constructor(
    private readonly sinks: readonly NamedSink[],
    private readonly problems: ProblemList,
  ) {}

  claim(slide: string): void {
    for (const sink of this.sinks) {
      const file = fileOf(sink.template, slide)
      const key = file.toLowerCase()
      const owner = this.#owners.get(key)
      if (!owner) this.#owners.set(key, { slide, sink })
      else if (owner.sink === sink)
        this.problems.add('FILE_CLASH', sink.at, `${sink.where}.file`, `is '${sink.template}' for every slide: it needs {slide}`)
      else if (!this.#told.has(`${owner.sink.where} ${sink.where}`)) {
        this.#told.add(`${owner.sink.where} ${sink.where}`)
        const also = owner.slide === slide ? '' : ` (for slide ${owner.slide})`
        this.problems.add(
          'FILE_CLASH',
          sink.at,
          `${sink.where}.file`,
          `is '${file}' for slide ${slide}, which ${owner.sink.where} writes too${also}`,
        )
      }
    }
  }
}

const lies = (uri: string, output: string): boolean =>
  isAddress(output) || isAddress(uri) ? withoutSecrets(uri).startsWith(output) : uri !== output && holds(output, uri)
