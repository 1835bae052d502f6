/**
 * Options of a stage, sink or source: zod's doorway. A spec is a record of named types, each with a sentence (`describe`);
 * check, JSON schema and the docs read the same record.
 *
 * Values with a dimension carry their unit in YAML: `224 px`, `0.5 mpp`, `25 %`, `2 GiB`. Give a default as it is written,
 * with `prefault('25 %')`.
 */

import * as z from 'zod'
import type { Resolution } from '../geometry/resolution.js'
import { memoryWords, pixelWords, resolutionWords, scaleWords, shareWords, sizeWords } from './text/option-words.js'
import { parseResolution } from './text/resolution-text.js'

export { formatResolution, parseResolution } from './text/resolution-text.js'

export type OptionsSpec = Readonly<Record<string, z.ZodType>>
export type Options<S extends OptionsSpec> = { readonly [K in keyof S]: z.output<S[K]> }

/** The object type of a spec: unknown keys are refused. */
export function objectOf<S extends OptionsSpec>(spec: S) {
  return z.strictObject(spec)
}

/** What is wrong with options, as zod tells it. */
export type OptionIssue = z.core.$ZodIssue
/** A type, and what it makes of a value. */
export type OptionType = z.ZodType
export type Made<S extends OptionType> = z.output<S>

/** JSON Schema of the options as a person writes them (`25 %`, before it becomes 0.25). */
export function jsonSchemaOf(spec: OptionsSpec): Record<string, unknown> {
  const schema = z.toJSONSchema(objectOf(spec), { io: 'input', unrepresentable: 'any' })
  delete schema.$schema
  return schema
}

export const text = () => z.string().min(1)
/** Of names of files. The library that finds them takes four letters for one of an ending, and 65,536 in all. */
export const pattern = () => text().max(15_000, 'has more than 15000 letters: name the files in a list')
export const flag = () => z.boolean()
export const oneOf = <const T extends readonly [string, ...string[]]>(...names: T) => z.enum(names)
/** Names, or a text of this pattern. */
export const oneOfOr = <const T extends readonly [string, ...string[]]>(
  names: T,
  pattern: RegExp,
  words: (value: unknown) => string | undefined,
) => {
  const told = { error: ({ input }: { input?: unknown }) => words(input) }
  return z.union([z.enum(names, told), z.string(told).regex(pattern, told)], told)
}
export const whole = (min = 0, max = Number.MAX_SAFE_INTEGER) => z.int().min(min).max(max)
/** A finite number; without bounds the schema names none. */
export const real = (min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY) => {
  const above = Number.isFinite(min) ? z.number().min(min) : z.number()
  return Number.isFinite(max) ? above.max(max) : above
}
/** Red, green and blue. */
export const triple = () => z.array(z.number(), tripleError).length(3, tripleError)
export const list = <T extends z.ZodType>(of: T) => z.array(of)
/** One or several: `cpu` or `[cuda, cpu]`; always a list afterwards. */
export const oneOrMore = <T extends z.ZodType>(of: T) =>
  z.union([of, z.array(of).min(1)]).transform((v) => (Array.isArray(v) ? v : [v]) as z.output<T>[])

/** A text, number or flag, as text: the value of a var. */
export const scalar = () => z.union([z.string(), z.number(), z.boolean()]).transform(String)

/** A number, or bounds: `274`, `{ min: 200 }`, `{ min: 0, max: 1 }`. */
export const range = () =>
  z
    .union([z.number(), z.strictObject({ min: z.number().optional(), max: z.number().optional() })])
    .transform((v): { readonly min?: number | undefined; readonly max?: number | undefined } =>
      typeof v === 'number' ? { min: v, max: v } : v,
    )

// Each branch of a union says what the union says: zod tells that of the nearest branch, or of all together.
const shareError = { error: ({ input }: { input?: unknown }) => shareWords(input) }
const pixelError = { error: ({ input }: { input?: unknown }) => pixelWords(input) }
const memoryError = { error: ({ input }: { input?: unknown }) => memoryWords(input) }

/** A share: `25 %`, `0.25`; 0 to 1 afterwards. */
export const percent = () =>
  z
    .union([z.number().min(0, shareError).max(1, shareError), z.string().regex(/^\s*\d+(\.\d+)?\s*%\s*$/, shareError)], shareError)
    // Not divided by 100: 0.7 ÷ 100 is less than 0.007, and 7 of 1000 would be more than 0.7 %.
    .transform((v) => (typeof v === 'number' ? v : Number(`${v.replace('%', '').trim()}e-2`)))
    .refine((v) => v >= 0 && v <= 1, 'is more than 100 %')

const tripleError = { error: 'needs three numbers: red, green, blue' }
const ratioError = { error: ({ input }: { input?: unknown }) => scaleWords(input) }

/** What numbers are multiplied by: `1/255`, `2/255`, `1/127.5` or a number. */
export const ratio = () =>
  z
    .union([z.number(ratioError), z.string().regex(/^\s*\d+(\.\d+)?\s*\/\s*\d+(\.\d+)?\s*$/, ratioError)], ratioError)
    .transform((v) => (typeof v === 'number' ? v : Number(v.split('/')[0]) / Number(v.split('/')[1])))
    .refine((v) => v > 0 && Number.isFinite(v), ratioError)

/** A length in pixels: `224 px` or `224`. */
export const pixels = (min = 1) =>
  z
    .union([z.int(), z.string().regex(/^\s*\d+\s*px\s*$/, pixelError)], pixelError)
    .transform((v) => (typeof v === 'number' ? v : Number.parseInt(v, 10)))
    .refine((v) => v >= min && v <= 65_535, `must be ${min} to 65535 px`)

/** A size in pixels: `224 px` (square) or `[224 px, 192 px]` (width, height); `[width, height]` afterwards. */
export const pixelSize = (min = 1) =>
  z
    .union([pixels(min), z.tuple([pixels(min), pixels(min)])], { error: ({ input }) => sizeWords(input) })
    .transform((v): readonly [number, number] => (typeof v === 'number' ? [v, v] : v))

export const resolution = () =>
  z.string({ error: ({ input }) => resolutionWords(input) }).transform((written, ctx): Resolution => {
    const parsed = parseResolution(written)
    if (parsed) return parsed
    ctx.addIssue({ code: 'custom', message: resolutionWords(written) })
    return z.NEVER
  })

const byteUnits: Record<string, number> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

/** An amount of memory: `512 MiB`, `2 GiB`; bytes afterwards. */
export const bytes = () =>
  z
    .string(memoryError)
    .regex(/^\s*\d+(\.\d+)?\s*(B|KiB|MiB|GiB)\s*$/, memoryError)
    .transform((v) => Math.round(Number.parseFloat(v) * byteUnits[/[A-Za-z]+/.exec(v)![0]]!))

/** A record of named parts inside a value: a head of a model, a class. Unknown keys are refused. */
export const shape = <S extends OptionsSpec>(parts: S) => z.strictObject(parts)

/** A function: what it takes and gives is seen when it is called. */
export const callable = () => z.custom<(...given: never[]) => unknown>((value) => typeof value === 'function', 'must be a function')

/** The options of a part, each a type of zod, from whatever copy of it. */
export const optionsSpec = () =>
  z.record(
    z.string(),
    z.custom<z.ZodType>((value) => typeof value === 'object' && value !== null && '_zod' in value, 'must be a type of options (zod 4)'),
  )

/** Named values, any names. */
export const record = <T extends z.ZodType>(of: T) => z.record(z.string().min(1), of)

/** An option nobody writes: the spec's `complete` fills it in from the rest of the pipeline. Writing it is refused. */
export const derived = <T>() => z.never().optional() as unknown as z.ZodType<T | undefined, undefined>
