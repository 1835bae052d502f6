/** `tiastream devices`: what lies beside ONNX Runtime for cards; laying and removing the providers. */

import path from 'node:path'
import { Argument, Command } from 'commander'
import { onlyGiven } from '../core/argument.js'
import { sizeText } from '../models/session/on-card.js'
import { type Provider, providersBeside, removeProviders } from '../workshop/devices/beside.js'
import { installProviders, runtimeHere } from '../workshop/devices/install.js'
import { answer, aside } from './say.js'
import { stopOnSignal } from './stop-on-signal.js'

/** CUDA's provider comes with TensorRT's. */
const device = new Argument('<device>', 'what to do it for').choices(['cuda'])

export function devicesCommand(): Command {
  return new Command('devices')
    .description('list, install and remove the GPU providers of ONNX Runtime (CUDA, TensorRT)')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(installCommand())
    .addCommand(removeCommand())
}

function listCommand(): Command {
  return new Command('list')
    .description('which runtime is used, and which providers lie beside it (doctor tries them)')
    .option('--json', 'print it as JSON', false)
    .action(async ({ json }: { readonly json: boolean }) => {
      const runtime = await runtimeHere()
      const beside = await providersBeside(runtime)
      answer(json ? `${JSON.stringify({ runtime, ...beside }, null, 2)}\n` : listText(runtime, beside))
    })
}

const is: Readonly<Record<Provider['is'], string>> = {
  laid: 'laid by tiastream',
  changed: 'something else than was laid: tiastream devices install cuda --force',
  foreign: 'not laid by tiastream',
}

export function listText(
  { file, version, commit }: Awaited<ReturnType<typeof runtimeHere>>,
  { laid, providers }: Awaited<ReturnType<typeof providersBeside>>,
): string {
  const lines = [['runtime', `ONNX Runtime ${version}, commit ${commit ?? 'unknown'}, in ${path.dirname(file)}`]]
  for (const { name, bytes, cuda, ...one } of providers)
    lines.push([name, `${is[one.is]}, ${sizeText(bytes)}${cuda === null ? '' : `, built for CUDA ${cuda}`}`])
  if (laid !== null) lines.push(['from', `${laid.from}, commit ${laid.commit}`])
  if (providers.length === 0) lines.push(['providers', 'none: tiastream devices install cuda'])
  return lines.map(([what, text]) => `${what!.padEnd(10)} ${text}\n`).join('')
}

interface InstallFlags {
  readonly wheel?: string
  readonly force: boolean
}

function installCommand(): Command {
  return new Command('install')
    .description(
      "install the providers of PyPI's onnxruntime-gpu beside the runtime, if both are of one commit (MIT licence; about 250 MB, by pip)",
    )
    .addArgument(device)
    .option('--wheel <file>', 'use this wheel of onnxruntime-gpu, and fetch nothing')
    .option('--force', 'replace files that are there', false)
    .action(async (_: string, { wheel, force }: InstallFlags) => {
      const stop = stopOnSignal()
      try {
        const runtime = await runtimeHere()
        const onStep = (what: string) => aside(`${what}\n`)
        const onText = (text: string) => aside(text)
        const laid = await installProviders(runtime, {
          ...onlyGiven({ wheel }),
          force,
          signal: stop.signal,
          onStep,
          onText,
        })
        const done = laid === null ? 'they are here already, whole and of this commit' : `laid ${Object.keys(laid.sha256).join(', ')}`
        answer(`${done}\n  ${path.dirname(runtime.file)}\ntiastream doctor tries the GPU, and says what else it needs\n`)
      } catch (error) {
        if (!stop.signal.aborted) throw error
        process.exitCode = stop.exitCode()
        aside('stopped: nothing was laid\n')
      } finally {
        stop.forget()
      }
    })
}

function removeCommand(): Command {
  return new Command('remove')
    .description('remove the providers that this command has installed')
    .addArgument(device)
    .option('--force', 'remove files that were changed since, too', false)
    .action(async (_: string, { force }: { readonly force: boolean }) => {
      const gone = await removeProviders(await runtimeHere(), force)
      answer(`removed ${gone.join(', ')}\n`)
    })
}
