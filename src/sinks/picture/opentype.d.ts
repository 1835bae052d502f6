/** The little of opentype.js that is used; the package brings no types. */
declare module 'opentype.js' {
  export interface PathCommand {
    readonly type: 'M' | 'L' | 'C' | 'Q' | 'Z'
    readonly x?: number
    readonly y?: number
    readonly x1?: number
    readonly y1?: number
    readonly x2?: number
    readonly y2?: number
  }
  export interface Path {
    readonly commands: readonly PathCommand[]
  }
  export interface Glyph {
    readonly index: number
    readonly advanceWidth: number
    getPath(x: number, y: number, size: number): Path
  }
  export interface Font {
    readonly unitsPerEm: number
    charToGlyph(character: string): Glyph
    /** In font units. */
    getKerningValue(left: Glyph, right: Glyph): number
  }
  const opentype: { parse(bytes: ArrayBufferLike): Font }
  export default opentype
}
