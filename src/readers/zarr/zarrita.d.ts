/** What we ask of zarrita, and no more. */
declare module 'zarrita' {
  export interface Store {
    get(key: string): Promise<Uint8Array | undefined>
    getRange(
      key: string,
      range: { readonly offset: number; readonly length: number } | { readonly suffixLength: number },
    ): Promise<Uint8Array | undefined>
  }
  export class Location {
    constructor(store: Store, path: string)
  }
  export interface ZarrArray {
    getChunk(place: number[]): Promise<{ readonly data: unknown; readonly stride: readonly number[] }>
  }
  type Open = (location: Location, options: { readonly kind: 'array' }) => Promise<ZarrArray>
  export const open: { readonly v2: Open; readonly v3: Open }

  export interface Codec {
    readonly kind: 'bytes_to_bytes'
    decode(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>
    encode(bytes: Uint8Array): never
    computeEncodedSize?(size: number): number
  }
  export interface CodecEntry {
    fromConfig(config: unknown, meta: { readonly shape: readonly number[] }): Codec
  }
  /** For all arrays of a thread. */
  export const registry: Map<string, () => Promise<CodecEntry>>
}
