/**
 * ONNX Runtime's own library, called by its C API through koffi: what onnxruntime-node's binding has no word for (options of the CUDA and
 * TensorRT providers, memory that is made once, which card) is there. It is the very file that npm installed with onnxruntime-node, unless
 * TIASTREAM_ONNXRUNTIME names another: that of a Python package, whose providers lie beside it.
 */

import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { type Koffi, keepLoaded, loadKoffi } from '../../../core/host/native.js'
import { readElf } from '../elf.js'
import { withoutTelemetry } from '../no-telemetry.js'
import { loadOrt } from '../ort.js'
import { apiVersion, type FunctionName, functions } from './table.js'

export type Native = (...given: unknown[]) => unknown

export interface OrtLibrary {
  readonly koffi: Koffi
  /** Where it lies. */
  readonly file: string
  readonly version: string
  /** The commit it was built from, as it says; null when it does not. */
  readonly commit: string | null
  /** A function of the table. */
  readonly call: Readonly<Record<FunctionName, Native>>
  /** The runtime's environment: one a process, whoever asks. */
  readonly env: unknown
}

let loading: Promise<OrtLibrary> | undefined

/** Loaded once a thread. Throws in one sentence what is missing or does not fit. */
export function ortLibrary(): Promise<OrtLibrary> {
  loading ??= loadNamed(process.env.TIASTREAM_ONNXRUNTIME).catch((error: unknown) => {
    loading = undefined
    throw error
  })
  return loading
}

async function loadNamed(given: string | undefined): Promise<OrtLibrary> {
  withoutTelemetry()
  // The binding asks for its library by a name that another one has, too: it is served first.
  if (given) await loadOrt()
  return load(libraryFile(given))
}

const named: Readonly<Record<string, RegExp>> = {
  linux: /^libonnxruntime\.so(\.\d+)*$/,
  darwin: /^libonnxruntime(\.\d+)*\.dylib$/,
  win32: /^onnxruntime\.dll$/,
}

/** `given`: a file, or a folder that holds one. */
export function libraryFile(given: string | undefined): string {
  const place = given || npmFolder()
  const pattern = named[process.platform]
  if (!existsSync(place)) throw new Error(`${said(given)}${place} is not there`)
  if (!statSync(place).isDirectory()) return place
  const file = readdirSync(place)
    .sort((a, b) => b.length - a.length)
    .find((name) => pattern?.test(name))
  if (file === undefined) throw new Error(`${said(given)}${place} holds no library of ONNX Runtime`)
  return path.join(place, file)
}

const said = (given: string | undefined): string => (given ? 'TIASTREAM_ONNXRUNTIME: ' : '')

const own = createRequire(import.meta.url)

function npmFolder(): string {
  const at = path.dirname(own.resolve('onnxruntime-node/package.json'))
  return path.join(at, 'bin/napi-v6', process.platform, process.arch)
}

/** The oldest version whose table has all of the functions. */
const oldest = [1, apiVersion] as const

export async function load(file: string): Promise<OrtLibrary> {
  const koffi = await loadKoffi()
  if (koffi === undefined) throw new Error('the package koffi, which calls the library, is not installed: npm install koffi')
  // The loader names neither the file nor its processor.
  if (process.platform === 'linux') {
    const { arch } = readElf(file)
    if (arch !== process.arch) throw new Error(`${file} is for ${arch}, and this Node.js is for ${process.arch}`)
  }
  const library = koffi.load(file)
  keepLoaded(koffi, file)
  // struct OrtApiBase { const OrtApi *(*GetApi)(uint32_t); const char *(*GetVersionString)(void); }
  const base: unknown = library.func('OrtGetApiBase', 'void *', [])()
  const [getApi, getVersion] = koffi.decode(base, koffi.array('void *', 2)) as unknown[]
  const version = (koffi.decode(getVersion, koffi.proto('str OrtGetVersionString()')) as () => string)()
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major !== oldest[0] || minor < oldest[1])
    throw new Error(`${file} is ONNX Runtime ${version}: versions ${oldest.join('.')} and later of ${oldest[0]} are known here`)
  const api = (koffi.decode(getApi, koffi.proto('void *OrtGetApi(uint32_t version)')) as (version: number) => unknown)(apiVersion)
  if (api === null) throw new Error(`${file} (ONNX Runtime ${version}) has no version ${apiVersion} of its C API`)
  const call = bound(koffi, api)
  const build = selfTest(call, file)
  const env = [null]
  // Nothing is printed beside our own messages: what goes wrong is a status.
  mustBeFine(call, call.CreateEnv(4, 'tiastream', env))
  return { koffi, file, version, commit: /git-commit-id=([0-9a-f]+)/.exec(build)?.[1] ?? null, call, env: env[0] }
}

/** The C API is the same on all systems but for paths, which are wide on Windows. */
const typeHere = (name: FunctionName, type: string): string =>
  name === 'CreateSession' && process.platform === 'win32' ? type.replace('str path', 'str16 path') : type

function bound(koffi: Koffi, api: unknown): Readonly<Record<FunctionName, Native>> {
  const names = Object.keys(functions) as FunctionName[]
  const last = Math.max(...names.map((name) => functions[name][0]))
  const table = koffi.decode(api, koffi.array('void *', last + 1)) as unknown[]
  const each = names.map((name) => {
    const [at, type] = functions[name]
    const opening = type.indexOf('(')
    const proto = koffi.proto(`${typeHere(name, type.slice(0, opening))} Ort${name}${typeHere(name, type.slice(opening))}`)
    return [name, koffi.decode(table[at], proto) as Native] as const
  })
  return Object.fromEntries(each) as Record<FunctionName, Native>
}

/** The first functions of the table and the last that is called do what they should: so none was put in between. Gives what it says of its build. */
function selfTest(call: Readonly<Record<FunctionName, Native>>, file: string): string {
  const words = 'do you hear me'
  const status = call.CreateStatus(2, words)
  const heard = call.GetErrorCode(status) === 2 && call.GetErrorMessage(status) === words
  call.ReleaseStatus(status)
  const build = heard ? call.GetBuildInfoString() : ''
  if (typeof build !== 'string' || !build.includes('ORT Build Info'))
    throw new Error(`${file} has another table of functions than ONNX Runtime's`)
  return build
}

/** Throws what a status says, which is let go. */
export function mustBeFine(call: OrtLibrary['call'], status: unknown): void {
  if (status === null) return
  const said = String(call.GetErrorMessage(status))
  call.ReleaseStatus(status)
  throw new Error(said)
}
