/** The pipelines that `tiastream init` writes. Each passes check when its place of the pictures is changed and nothing else. */

export type Kind = 'slides' | 'tiles' | 'patches'

interface FirstPipeline {
  /** The key to change. */
  readonly where: string
  readonly text: string
}

const head = (kind: Kind, what: string) => `# ${what}
#
#     npx tiastream check ${kind}.yml      # tells every problem, runs nothing
#     npx tiastream plan ${kind}.yml       # what a run would do
#     npx tiastream run ${kind}.yml        # run it again to go on where it stopped
#
# Paths are relative to this file, wherever you stand: results go to out/${kind} beside it.
output: out/${kind}
`

export const firstPipelines: Readonly<Record<Kind, FirstPipeline>> = {
  slides: {
    where: 'glob',
    text: `${head('slides', 'Classes over whole slides: a table, a map and an overlay for each.')}
slides:
  glob: "/data/slides/**/*.{svs,tif,tiff}"   # CHANGE THIS; ** is every folder below

stages:
  - grid                                    # size and resolution of the patches: what the model was made for
  - mask: { method: otsu, keep: 50 % }      # only patches of which more than half is tissue
  - extract: { on_error: mark }             # a broken tile costs its patches, not the slide
  - batch: { size: 32 }
  - infer: { model: stain }                 # needs no training; "tiastream models list" shows others, or give a folder
  - merge                                   # one row for each patch

sinks:
  - parquet                                 # "tiastream show out/slides/rows/NAME.parquet" says what is in it
  - map: { at: 4 mpp }                      # later, at another resolution: tiastream export out/slides/rows/NAME.parquet --to map --at 8mpp -o NAME.8mpp.tif
  - overlay: { at: 4 mpp }
`,
  },
  tiles: {
    where: 'glob',
    text: `${head('tiles', 'Classes over plain large pictures (PNG, JPEG, TIFF): their own pixels are the baseline, and nothing is masked.')}
tiles:
  glob: "/data/tiles/*.{png,jpg,jpeg}"       # CHANGE THIS

stages:
  - grid: { size: 224 px, at: baseline }    # patches of the pictures' own pixels, side by side
  - extract
  - batch: { size: 32 }
  - infer: { model: stain }                 # needs no training; "tiastream models list" shows others, or give a folder
  - merge                                   # one row for each patch

sinks:
  - parquet                                 # "tiastream show out/tiles/rows/NAME.parquet" says what is in it
  - overlay: { at: baseline }
`,
  },
  patches: {
    where: 'folder',
    text: `${head('patches', 'Predictions for ready-cut patches in folders named after their class.')}
patches:
  folder: /data/patches                     # CHANGE THIS
  label: parent                             # the folder's name is the label: "tiastream evaluate out/patches" compares

stages:                                     # no grid and no mask: the pictures are the patches
  - extract
  - batch: { size: 32 }
  - infer: { model: stain }                 # its input must be as large as the pictures: 224 px for this one
  - merge

sinks:
  - parquet
  - csv
`,
  },
}
