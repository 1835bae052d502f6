/** A card without a card: ONNX Runtime's library and NVIDIA's driver stood in for by two small programs in C, which compute on the CPU. */

import { execFile, spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { packageRoot } from '../../../src/core/package-root.js'
import { libraryFile, ortLibrary } from '../../../src/models/session/capi/library.js'
import { elfFile } from '../../../test/models/elf-file.js'

/** Whether they can be built here. */
export function canBuildCards(what: string): boolean {
  const can = spawnSync('cc', ['--version']).status === 0 && process.platform === 'linux'
  if (!can) console.warn(`SKIPPED (no C compiler on Linux: Debian: apt-get install gcc): ${what}`)
  return can
}

/** Builds both in `folder`, with providers that name a version; returns what the environment of a run says of them. */
export async function buildCards(folder: string, version?: string): Promise<Readonly<Record<string, string>>> {
  const libraries = path.join(folder, 'libraries')
  // Apart: the system shall find this one, and no other library of ONNX Runtime than npm's.
  const driver = path.join(folder, 'driver')
  await Promise.all([mkdir(libraries), mkdir(driver)])
  const sources = path.join(packageRoot, 'test-slow/models/stub')
  const build = async (source: string, file: string) =>
    promisify(execFile)('cc', ['-shared', '-fPIC', '-w', '-o', file, path.join(sources, source), '-ldl', '-lpthread'])
  await Promise.all([
    build('onnxruntime.c', path.join(libraries, 'libonnxruntime.so.1')),
    build('cuda.c', path.join(driver, 'libcuda.so.1')),
  ])
  // Asked for by no entry of a provider, and looked for when something fails.
  await writeFile(path.join(driver, 'libcudnn.so.9'), elfFile({}))
  const named = version ?? (await ortLibrary()).version
  for (const name of ['shared', 'cuda', 'tensorrt'])
    await writeFile(path.join(libraries, `libonnxruntime_providers_${name}.so`), elfFile({ more: `\0${named}\0` }))
  return { LD_LIBRARY_PATH: driver, TIASTREAM_ONNXRUNTIME: libraries, STUB_ONNXRUNTIME: libraryFile(undefined), STUB_CARDS: '2' }
}
