/** The TIFF tags we read, and the values of theirs that we know by name. */

export const tags = {
  NewSubfileType: 254,
  /** The same as it was before TIFF 5.0: 1 full size, 2 reduced, 3 a page of many. */
  SubfileType: 255,
  ImageWidth: 256,
  ImageLength: 257,
  BitsPerSample: 258,
  Compression: 259,
  Photometric: 262,
  FillOrder: 266,
  ImageDescription: 270,
  Make: 271,
  Model: 272,
  StripOffsets: 273,
  Orientation: 274,
  SamplesPerPixel: 277,
  RowsPerStrip: 278,
  StripByteCounts: 279,
  XResolution: 282,
  YResolution: 283,
  PlanarConfiguration: 284,
  ResolutionUnit: 296,
  Software: 305,
  Predictor: 317,
  ColorMap: 320,
  TileWidth: 322,
  TileLength: 323,
  TileOffsets: 324,
  TileByteCounts: 325,
  SubIFDs: 330,
  ExtraSamples: 338,
  SampleFormat: 339,
  JPEGTables: 347,
  XMP: 700,
  YCbCrSubsampling: 530,
  ImageDepth: 32_997,
  TileDepth: 32_998,
  GdalNoData: 42_113,
  ArgosMetadata: 65_000,
  /** From here on Hamamatsu's. */
  NdpiFormat: 65_420,
  SourceLens: 65_421,
  XOffset: 65_422,
  YOffset: 65_423,
  FocalPlane: 65_424,
  RestartStarts: 65_426,
  Reference: 65_427,
  RestartStartsUpper: 65_432,
  PropertyMap: 65_449,
  EmissionWavelength: 65_451,
} as const

export type Tag = (typeof tags)[keyof typeof tags]

/** Long lists of numbers, read when they are needed. */
export const tables: ReadonlySet<number> = new Set([
  tags.StripOffsets,
  tags.StripByteCounts,
  tags.TileOffsets,
  tags.TileByteCounts,
  tags.RestartStarts,
  tags.RestartStartsUpper,
])

export const known: ReadonlySet<number> = new Set(Object.values(tags))

/** Tags whose value may be as long as a table: an OME description lists every plane, the XMP of a BIF every joint of two tiles. */
export const long: ReadonlySet<number> = new Set([...tables, tags.ImageDescription, tags.SubIFDs, tags.ArgosMetadata, tags.XMP])

/** Tags without which a page has the same pixels: one whose value cannot be read is passed over. */
export const needless: ReadonlySet<number> = new Set([
  tags.NewSubfileType,
  tags.SubfileType,
  tags.ImageDescription,
  tags.Make,
  tags.Model,
  tags.XResolution,
  tags.YResolution,
  tags.ResolutionUnit,
  tags.Software,
  tags.SubIFDs,
  tags.ArgosMetadata,
  tags.XMP,
  tags.XOffset,
  tags.YOffset,
  tags.Reference,
  tags.PropertyMap,
  tags.EmissionWavelength,
  tags.GdalNoData,
])

export type Compression = 'none' | 'lzw' | 'jpeg' | 'deflate' | 'packbits' | 'jpeg2000' | 'zstd' | 'webp'

/** Compressions we decode. 33003 to 33005 are Aperio's and libvips' JPEG 2000: YCbCr, lossy, RGB (of Aperio's own files only: see isYcc). */
export const compressions: Readonly<Record<number, Compression>> = {
  1: 'none',
  5: 'lzw',
  7: 'jpeg',
  8: 'deflate',
  32946: 'deflate',
  32773: 'packbits',
  33003: 'jpeg2000',
  33004: 'jpeg2000',
  33005: 'jpeg2000',
  34712: 'jpeg2000',
  50000: 'zstd',
  50001: 'webp',
}

/** Compressions we refuse, by their names. */
export const refusedCompressions: Readonly<Record<number, string>> = {
  2: 'CCITT RLE',
  3: 'CCITT fax 3',
  4: 'CCITT fax 4',
  6: 'old-style JPEG',
  32766: 'NeXT RLE',
  32809: 'ThunderScan',
  34661: 'JBIG',
  34676: 'SGI LogLuv',
  34677: 'SGI LogLuv 24',
  34887: 'LERC',
  34892: 'lossy JPEG (DNG)',
  34925: 'LZMA',
  22610: 'JPEG XR (NDPI)',
  34933: 'PNG',
  34934: 'JPEG XR',
  50002: 'JPEG XL',
  52546: 'JPEG XL (DNG)',
}

export const photometrics: Readonly<Record<number, string>> = {
  0: 'grey, 0 is white',
  1: 'grey, 0 is black',
  2: 'RGB',
  3: 'palette',
  4: 'transparency mask',
  5: 'CMYK',
  6: 'YCbCr',
  8: 'CIE Lab',
  9: 'ICC Lab',
  10: 'ITU Lab',
  32803: 'colour filter array',
  32844: 'LogL',
  32845: 'LogLuv',
}
