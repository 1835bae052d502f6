/** The part of the WebAssembly interface that is used; Node's types name it only as types. */

export interface WasmMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

interface Engine {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports?: object) => { readonly exports: unknown }
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => WasmMemory
}

/** Bytes of a page of its memory. */
export const pageBytes = 65_536

const engine = (): Engine => (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly

/** What the modules here import: the memory that they work in. */
export const importing = (memory: WasmMemory): object => ({ pixels: { memory } })

/** What a module in base64 exports; null where this engine lacks an instruction of it. */
export function instanceOf<Exports>(base64: string, imports: object): Exports | null {
  try {
    const { Module, Instance } = engine()
    return new Instance(new Module(Buffer.from(base64, 'base64')), imports).exports as Exports
  } catch {
    return null
  }
}

/** A memory of so many bytes that may grow to `most`; null where there is none. */
export function memoryOf(bytes: number, most: number): WasmMemory | null {
  try {
    const { Memory } = engine()
    return new Memory({ initial: Math.ceil(bytes / pageBytes), maximum: Math.ceil(most / pageBytes) })
  } catch {
    return null
  }
}
