/**
 * A run as it was submitted, in a file beside its results: the text of its pipeline with the folder and the vars that go with it, the columns of its list,
 * its slides. All workers make their plan of it, so that no edit, no line more in a list and no other folder makes two plans of one run. It holds
 * no secret: what a var takes from the environment it takes from the worker's own.
 */

import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { holdsSecret, withoutSecrets } from '../core/address.js'
import { PipelineError } from '../core/errors.js'
import { homeFolder } from '../core/host/user.js'
import { type Column, columnTypes } from '../core/row.js'
import type { CheckOptions } from '../pipeline/check/check-given.js'
import { readPlan } from '../pipeline/check/read-plan.js'
import { sinksFingerprint } from '../pipeline/plan/fingerprint.js'
import type { Plan } from '../pipeline/plan/plan-type.js'
import { tiastreamVersion } from '../pipeline/plan/version.js'
import type { Weighed } from '../pipeline/tasks/weigh.js'
import { readFrozen, writeFrozen } from './results.js'

const schema = 'tiastream-run/1'

const form = z.object({
  schema: z.literal(schema),
  run: z.string(),
  tiastream: z.string(),
  fingerprint: z.string(),
  sinks: z.string(),
  /** The class of devices that its rows are made on. */
  device: z.string(),
  pipeline: z.string(),
  text: z.string(),
  vars: z.record(z.string(), z.string()),
  /** What `~` was. */
  home: z.string(),
  plugins: z.boolean(),
  output: z.string(),
  carried: z.array(z.object({ name: z.string(), type: z.enum(columnTypes), about: z.string() }).loose()),
  found: z.object({ slides: z.number(), pictures: z.number() }),
  slides: z.array(z.object({ id: z.string(), uri: z.string(), bytes: z.number().nullable() })),
})

export type FrozenRun = z.infer<typeof form>

export interface AskedRun {
  readonly run: string
  readonly device: string
  /** As they were given for the plan. */
  readonly vars: Readonly<Record<string, string>>
  readonly plugins: boolean
}

/** Of a plan that was just made of its file. */
export async function freeze(plan: Plan, asked: AskedRun, slides: readonly Weighed[]): Promise<FrozenRun> {
  const pipeline = plan.file!
  const text = await readFile(pipeline, 'utf8')
  mustHoldNoSecret(text, pipeline, asked.vars)
  const { columns } = await plan.environment.sources[plan.source.name]!.load()
  return {
    schema,
    run: asked.run,
    tiastream: tiastreamVersion,
    fingerprint: plan.provenance.fingerprint,
    sinks: sinksFingerprint(plan),
    device: asked.device,
    pipeline,
    text,
    vars: { ...asked.vars },
    home: homeFolder(),
    plugins: asked.plugins,
    output: plan.output,
    carried: (await columns(plan.source.options, plan.folder, plan.source.types)).map((column) => ({ ...column })),
    found: plan.found,
    slides: slides.map(({ id, uri, bytes }) => ({ id, uri, bytes })),
  }
}

const address = /\b[a-z][a-z0-9+]{1,30}:\/\/[^\s"'<>|]*[^\s"'<>|,\]}]/gi

/** The first address in a text that says who asks. */
export const secretIn = (some: string): string | undefined => some.match(address)?.find(holdsSecret)

/** Throws PipelineError: what is written down beside the results is read by whoever reads them. */
export function mustHoldNoSecret(text: string, pipeline: string, vars: Readonly<Record<string, string>>): void {
  const refuse = (uri: string, where: string, line?: number) => {
    throw new PipelineError(
      'OPTION_INVALID',
      `${where} says who asks for ${withoutSecrets(uri)}, and the text and the vars of a run in a queue are written down beside its results`,
      {
        hint: 'take the address from the environment of each worker, vars: { where: { env: SLIDES } }, or write it into a list:',
        ...(line === undefined ? {} : { at: { file: pipeline, line, column: 1 } }),
      },
    )
  }
  for (const [i, line] of text.split('\n').entries()) {
    const found = secretIn(line)
    if (found !== undefined) refuse(found, 'this line', i + 1)
  }
  for (const [name, value] of Object.entries(vars)) {
    const found = secretIn(value)
    if (found !== undefined) refuse(found, `--var ${name}`)
  }
}

/** The plan of a frozen run, as it is on this machine; `runtime` is this machine's own. Throws PipelineError with what is wrong here. */
export function thaw(frozen: FrozenRun, runtime: CheckOptions['runtime'] = {}): Promise<Plan> {
  const { text, carried, found, vars, plugins, output, home } = frozen
  return readPlan(frozen.pipeline, {
    vars,
    plugins,
    output,
    runtime,
    env: { ...process.env, HOME: home },
    frozen: { text, found, carried: carried as readonly Column[] },
  })
}

export const writeRun = (frozen: FrozenRun): Promise<void> => writeFrozen(frozen.output, frozen.run, `${JSON.stringify(frozen, null, 1)}\n`)

/** Throws PipelineError RUN_FROZEN. */
export async function readRun(output: string, run: string): Promise<FrozenRun> {
  const text = await readFrozen(output, run)
  const where = `${output.replace(/\/$/, '')}/.tiastream`
  const hint = 'is its output at this path on this machine? tiastream submit writes the file again'
  if (text === null) throw new PipelineError('RUN_FROZEN', `the file of ${run} is not in ${where}`, { hint })
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch (cause) {
    throw new PipelineError('RUN_FROZEN', `the file of ${run} in ${where} is no whole JSON`, { hint, cause })
  }
  const found = form.safeParse(read)
  if (found.success) return found.data
  const [problem] = found.error.issues
  throw new PipelineError('RUN_FROZEN', `the file of ${run} in ${where}: ${problem?.path.join('.')} ${problem?.message}`, { hint })
}
