/** Which providers lie beside the runtime, and taking away those that were laid. */

import { rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { ModelError } from '../../core/errors.js'
import { type Laid, laidIn, recordName } from '../../models/session/capi/laid.js'
import { cudaOf } from '../../models/session/capi/missing.js'
import { providerFile } from '../../models/session/capi/providers.js'
import { elfIn } from '../../models/session/elf.js'
import { changedIn, type Runtime, told } from './install.js'
import { laidNames } from './wheel.js'

/** The names that were removed. Files that were changed since are left alone, unless `force`. Throws ModelError PROVIDERS_MISSING. */
export async function removeProviders({ file }: Runtime, force = false): Promise<readonly string[]> {
  const folder = path.dirname(file)
  const laid = await laidIn(folder)
  if (laid === null)
    throw new ModelError('PROVIDERS_MISSING', `no providers were laid in ${folder} by this command`, {
      hint: 'tiastream devices lists them',
    })
  const changed = force ? [] : await changedIn(folder, laid)
  const gone: string[] = []
  const kept: string[] = []
  // What is written there leads to no other file.
  for (const name of laidNames.filter((one) => laid.sha256[one] !== undefined)) {
    if ((await stat(path.join(folder, name)).catch(() => null)) === null) continue
    if (changed.includes(name)) kept.push(name)
    else gone.push(name)
  }
  for (const name of gone) await rm(path.join(folder, name)).catch((cause) => told(cause, folder))
  if (kept.length > 0)
    throw new ModelError('PROVIDERS_REFUSED', `${kept.join(', ')} in ${folder} ${kept.length > 1 ? 'are' : 'is'} not what was laid`, {
      hint: '--force removes it all the same',
    })
  await rm(path.join(folder, recordName), { force: true })
  return gone
}

export interface Provider {
  readonly name: 'cuda' | 'tensorrt'
  readonly file: string
  readonly bytes: number
  /** The CUDA that it was built for. */
  readonly cuda: number | null
  /** `changed`: something else than was laid. `foreign`: laid by somebody else. */
  readonly is: 'laid' | 'changed' | 'foreign'
}

/** Providers that lie beside the runtime. */
export async function providersBeside({ file }: Runtime): Promise<{ readonly laid: Laid | null; readonly providers: readonly Provider[] }> {
  const folder = path.dirname(file)
  const laid = await laidIn(folder)
  const changed = laid === null ? [] : await changedIn(folder, laid)
  const providers: Provider[] = []
  for (const name of ['cuda', 'tensorrt'] as const) {
    const place = providerFile(folder, name)
    const made = await stat(place).catch(() => null)
    if (made === null) continue
    const own = path.basename(place)
    const is = laid?.sha256[own] === undefined ? 'foreign' : changed.includes(own) ? 'changed' : 'laid'
    providers.push({ name, file: place, bytes: made.size, cuda: cudaOf(elfIn(place)?.needed ?? []), is })
  }
  return { laid, providers }
}
