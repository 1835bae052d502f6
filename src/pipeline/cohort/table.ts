/** The columns of `cohort.parquet`: a row a slide, failed ones and those that nobody has come to, too. */

import { PlainNames } from '../../core/columns/plain-name.js'
import type { SmallColumn, SmallValue } from '../../sinks/parquet/small-table.js'
import type { AskedOfSlide } from '../store/receipts.js'
import type { Outcome } from './outcomes.js'

interface Cell extends SmallColumn {
  readonly about: string
  readonly of: (outcome: Outcome) => SmallValue | undefined
}

const cell = (name: string, type: SmallColumn['type'], about: string, of: Cell['of'], nullable = true): Cell => ({
  ...{ name, type, about, of, nullable },
})

const bytesOf = ({ receipt }: Outcome) => receipt?.files.reduce((sum, { bytes }) => sum + bytes, 0)

const before: readonly Cell[] = [
  cell('slide', 'string', 'Id of the slide.', ({ slide }) => slide, false),
  cell('uri', 'string', 'Where it lies, without secrets.', ({ uri }) => uri, false),
  cell('status', 'string', 'done, failed, or waiting: it has no receipt yet.', ({ status }) => status, false),
  cell('listed', 'bool', 'Whether the source of the last run has it; null where that is not known.', ({ listed }) => listed),
  cell('code', 'string', 'Of a failed slide: what failed.', ({ receipt }) => receipt?.error?.code),
  cell('message', 'string', 'Of a failed slide: the same in words.', ({ receipt }) => receipt?.error?.message),
  cell('rows', 'int64', 'Rows of its tables; 0 of a failed slide.', ({ receipt }) => receipt?.rows),
  cell('unreadable', 'int64', 'Patches that could not be read, with rows or without.', ({ receipt }) => receipt?.unreadable),
  cell('unanswered', 'int64', 'Patches that a model had no number for, with rows or without.', ({ receipt }) => receipt?.unanswered),
  cell('kind', 'string', 'slide, tile or set.', ({ receipt }) => receipt?.info?.kind),
  cell('vendor', 'string', 'Who wrote the file of the slide.', ({ receipt }) => receipt?.info?.vendor),
  cell('width', 'int64', 'In baseline pixels.', ({ receipt }) => receipt?.info?.width),
  cell('height', 'int64', 'In baseline pixels.', ({ receipt }) => receipt?.info?.height),
  cell('mpp_x', 'double', 'Width of a baseline pixel in µm.', ({ receipt }) => receipt?.info?.mpp?.x),
  cell('mpp_y', 'double', 'Height of a baseline pixel in µm.', ({ receipt }) => receipt?.info?.mpp?.y),
  cell('power', 'double', 'Magnification of the baseline.', ({ receipt }) => receipt?.info?.power),
  cell('slide_bytes', 'int64', 'Bytes of the slide itself.', ({ receipt }) => receipt?.identity?.bytes),
  cell(
    'file',
    'string',
    'Its Parquet table, relative to the output.',
    ({ receipt }) => receipt?.files.find(({ sink }) => sink === 'parquet')?.file,
  ),
  cell('bytes', 'int64', 'Bytes of all its files.', bytesOf),
]

const behind: readonly Cell[] = [
  cell('device', 'string', 'The device that was really used; null without a model.', ({ receipt }) => receipt?.device),
  cell('precision', 'string', 'In which numbers the model computed.', ({ receipt }) => receipt?.precision),
  cell('seconds', 'double', 'From its beginning to its receipt.', ({ receipt }) => receipt?.seconds),
  cell('worker', 'string', 'Who did it, where a worker says its name.', ({ receipt }) => receipt?.worker),
  cell('warnings', 'int64', 'How many warnings its receipt holds.', ({ receipt }) => receipt?.warnings.length),
  cell('fingerprint', 'string', 'Of everything that can change a row.', ({ receipt }) => receipt?.fingerprint),
  cell('tiastream', 'string', 'The version that made it.', ({ receipt }) => receipt?.tiastream),
]

/** A model that some slide was asked, and the classes that it names. */
interface Model {
  readonly under: string
  readonly classes: Set<string>
}

/** A row a slide, held until all models and classes are known: about a kilobyte each. */
export class CohortTable {
  readonly #rows: { readonly outcome: readonly SmallValue[]; readonly models: readonly AskedOfSlide[] }[] = []
  readonly #models = new Map<string, Model>()

  add(outcome: Outcome): void {
    const models = outcome.receipt?.models ?? []
    for (const { under = '', classes = [] } of models) {
      const model = this.#models.get(under) ?? { under, classes: new Set() }
      this.#models.set(under, model)
      for (const { name } of classes) model.classes.add(name)
    }
    this.#rows.push({ outcome: [...before, ...behind].map(({ of }) => of(outcome) ?? null), models })
  }

  /** With a sentence each. */
  get columns(): readonly (SmallColumn & { readonly about: string })[] {
    return [...before, ...this.#cells().map(({ column }) => column), ...behind].map(({ name, type, nullable, about }) => ({
      ...{ name, type, nullable, about },
    }))
  }

  get rows(): readonly (readonly SmallValue[])[] {
    const cells = this.#cells()
    return this.#rows.map(({ outcome, models }) => [
      ...outcome.slice(0, before.length),
      ...cells.map(({ of }) => of(models) ?? null),
      ...outcome.slice(before.length),
    ])
  }

  /** Name and hash of each model, then its classes. Of several models each has its own name in front, as in the tables. */
  #cells() {
    const names = new PlainNames()
    for (const { name } of [...before, ...behind]) names.behind('', name, 0)
    return [...this.#models.values()].flatMap(({ under, classes }) => {
      const mine = (models: readonly AskedOfSlide[]) => models.find((model) => (model.under ?? '') === under)
      const column = (name: string, type: SmallColumn['type'], about: string, of: (model: AskedOfSlide) => SmallValue | undefined) => ({
        column: { name, type, about, nullable: true },
        of: (models: readonly AskedOfSlide[]) => {
          const model = mine(models)
          return model && of(model)
        },
      })
      return [
        column(names.behind('', `${under}model`, 0), 'string', 'Name of the model.', ({ name }) => name),
        column(names.behind('', `${under}model_sha256`, 0), 'string', 'Of its file.', ({ sha256 }) => sha256),
        ...[...classes].map((name, i) =>
          column(
            names.behind(`${under}count_`, name, i),
            'int64',
            `Patches whose class is ${name}.`,
            (model) => model.classes?.find((one) => one.name === name)?.patches,
          ),
        ),
      ]
    })
  }
}
