/** Types of the decoder packages that bring none. */

declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  export interface Decoder {
    getEncodedBuffer(length: number): Uint8Array
    getDecodedBuffer(): Uint8Array
    decode(): void
    getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number }
  }
  /** Becomes the module: what it exports is laid beside what it was given. */
  export interface Given {
    instantiateWasm(imports: object, ready: (instance: object, module: object) => void): void
    JPEGDecoder?: new () => Decoder
  }
  export default function load(given: Given): Promise<unknown>
}

declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  export interface Decoder {
    getEncodedBuffer(length: number): Uint8Array
    getDecodedBuffer(): Uint8Array
    decode(): void
    getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number; isSigned: boolean }
    delete(): void
  }
  export default function load(options: object): Promise<{ J2KDecoder: new () => Decoder; getExceptionMessage?(pointer: number): string }>
}

declare module '@cornerstonejs/codec-openjph/wasmjs' {
  import type { Decoder } from '@cornerstonejs/codec-openjpeg/decodewasmjs'
  export default function load(options: object): Promise<{ HTJ2KDecoder: new () => Decoder }>
}

declare module 'jpegxr' {
  interface Decoded {
    readonly width: number
    readonly height: number
    readonly pixelInfo: { readonly channels: number; readonly bitDepth: string; readonly bitsPerPixel: number; readonly bgr: boolean }
    readonly bytes: Uint8Array
  }
  export default function load(): Promise<{ decode(bytes: Uint8Array): Decoded }>
}
