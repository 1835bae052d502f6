// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${name} is what pipelines write
/** What people write first instead of our names and values: one problem each, with what to write; or right after all, where it can mean one thing only. */

import test from 'ava'
import { defaultEnvironment } from '../../../src/pipeline/environment/default.js'
import { sections, writableStages } from '../../../src/pipeline/environment/environment.js'
import { meantBy, otherOptions, otherSections, otherSinks, otherSources, otherStages } from '../../../src/pipeline/plan/other-names.js'
import { runtimeOptions } from '../../../src/pipeline/plan/runtime.js'
import { type Mistake, mistakes, sound } from '../../support/mistakes.js'

const glob = '"slides/*.svs"'
const sinks = 'sinks: [csv]'
const keep = (value: string) => `- mask: { keep: ${value} }`
const device = (value: string) => `{ model: stain, device: ${value} }`
const runtime = (options: string) => `${sinks}\nruntime: { ${options} }`

mistakes([
  // Resolutions.
  ...of('a resolution of', '0.5 mpp', '5:31   stages[0].grid.at', [
    ['0.25', ' is 0.25 without a unit: write 0.25 mpp (µm per pixel)'],
    ['20', ' is 20 without a unit: write 20x (the power of the objective), or 20 mpp (µm per pixel)'],
    ['"40"', ": '40' is no resolution: write 40x (the power of the objective), or 40 mpp (µm per pixel)"],
    ['0.25 mm', ": '0.25 mm' is no resolution: write 0.25 mpp (µm per pixel)"],
    ['0.00025 mm', ": '0.00025 mm' is no resolution: write 0.25 mpp (µm per pixel)"],
    ['0.25um', ": '0.25um' is no resolution: write 0.25 mpp (µm per pixel)"],
    ['0.25 µm', ": '0.25 µm' is no resolution: write 0.25 mpp (µm per pixel)"],
    ['0.25 microns', ": '0.25 microns' is no resolution: write 0.25 mpp (µm per pixel)"],
    ['250 nm', ": '250 nm' is no resolution: write 0.25 mpp (µm per pixel)"],
    ['"0,25 mpp"', ": '0,25 mpp' is no resolution: write 0.25 mpp (µm per pixel)"],
    ['x40', ": 'x40' is no resolution: write 40x"],
    ['40 magnification', ": '40 magnification' is no resolution: write 40x"],
    ['mpp=0.25', ": 'mpp=0.25' is no resolution: write 0.25 mpp (µm per pixel)"],
    ['power 40', ": 'power 40' is no resolution: write 40x"],
    ['0.25 um per pixel', ": '0.25 um per pixel' is no resolution: write 0.25 mpp (µm per pixel)"],
    ['224 px', ": '224 px' is no resolution: that is a size; write 0.5 mpp, 20 power, level 1 or baseline"],
    ['level2', ": 'level2' is no resolution: write level 2"],
    ['{ mpp: 0.25 }', ' is a map, no resolution: write 0.25 mpp (µm per pixel)'],
    ['{ level: 2 }', ' is a map, no resolution: write level 2'],
    ['[0.25, mpp]', " is [0.25, 'mpp'], no resolution: write 0.25 mpp (µm per pixel)"],
    ['0', ' must be more than 0, is 0: write 0.5 mpp, 20 power, level 1 or baseline'],
    ['fine', ": 'fine' is no resolution: write 0.5 mpp, 20 power, level 1 or baseline"],
    ['0.25 MPP'],
    ['0.25 µm/px'],
    ['20X'],
    ['20×'],
  ]),
  [
    'a decimal comma',
    '0.5 mpp',
    '0,25 mpp',
    "5:31   stages[0].grid has '0,25 mpp' for at: write at: 0.25 mpp, a number has a decimal point",
  ],
  // Shares.
  ...of('a share of', '- mask', '6:19   stages[1].mask.keep', [
    [keep('30'), ' is 30, no share: write 30 %'],
    [keep('"30"'), ": '30' is no share: write 30 %"],
    [keep('"0.07"'), ": '0.07' is no share: write 7 %"],
    [keep('"0,3"'), ": '0,3' is no share: write 30 %"],
    [keep('30 percent'), ": '30 percent' is no share: write 30 %"],
    [keep('130'), ' must be 0 to 100 %, is 130'],
    [keep('-1'), ' must be 0 to 100 %, is -1'],
    [keep('some'), ": 'some' is no share: write 25 % or 0.25"],
    [keep('30%')],
  ]),
  [
    'a share with a decimal comma',
    '- mask',
    keep('0,25'),
    "6:19   stages[1].mask has '0,25' for keep: write keep: 0.25, a number has a decimal point",
  ],
  // Sizes, numbers, flags, memory.
  ...of('a size of', '224 px', '5:19   stages[0].grid.size', [
    ['"96"', ": '96' is no number of pixels: write 96 px"],
    ['96 pixels', ": '96 pixels' is no number of pixels: write 96 px"],
    ['96x96', ": '96x96' is no number of pixels: write 96 px"],
    ['96 px × 64 px', ": '96 px × 64 px' is no number of pixels: write [96 px, 64 px]"],
    ['(96 px)', ": '(96 px)' is no number of pixels: write 224 px"],
    ['96 px (square)', ": '96 px (square)' is no number of pixels: write 96 px"],
    ['{ width: 96, height: 64 }', ' is a map, no number of pixels: write [96 px, 64 px]'],
    ['[96]', ' has one number: write 96 px (square), or [width, height]'],
    ['112 µm', ": '112 µm' is no number of pixels: divide by the µm of a pixel at the resolution, and write 224 px"],
    ['96.5', ' is 96.5, no number of pixels: write 224 px'],
  ]),
  [
    'a number in quotes',
    '- batch',
    '- batch: { size: "32" }',
    "8:20   stages[3].batch.size must be a number, is '32': write 32, without quotes",
  ],
  ['a number of YAML 1.1', '- batch', '- batch: { size: 1_024 }', "8:20   stages[3].batch.size must be a number, is '1_024': write 1024"],
  ['a number with a unit', glob, `${glob}, mpp: 0.25 mpp`, "3:38   slides.mpp must be a number, is '0.25 mpp': write 0.25"],
  [
    'a number that is to be found',
    sinks,
    runtime('lanes: auto'),
    "12:19   runtime.lanes must be a number, is 'auto': leave it out for the usual",
  ],
  ...of('a flag', '224 px', '5:33   stages[0].grid.within must be true or false, is', [
    ['3 px, within: "true"', " 'true': write true, without quotes"],
    ['3 px, within: yes', " 'yes': write true"],
    ['3 px, within: Off', " 'Off': write false"],
    ['3 px, within: 1', ' 1: write true'],
  ]),
  ...of('memory', sinks, '12:20   runtime.memory', [
    [runtime('memory: 9GB'), ": '9GB' is no amount of memory: write 9 GiB"],
    [runtime('memory: 9g'), ": '9g' is no amount of memory: write 9 GiB"],
    [runtime('memory: 700 mb'), ": '700 mb' is no amount of memory: write 700 MiB"],
    [runtime('memory: 9'), ' is 9, no amount of memory without a unit: write 9 GiB'],
    [runtime('memory: a lot'), ": 'a lot' is no amount of memory: write 512 MiB or 2 GiB"],
  ]),
  ['a number for a text', '{ model: stain }', '{ model: 5 }', '9:21   stages[4].infer.model must be text, is 5: write "5"'],
  [
    'a list for a text',
    sinks,
    'sinks: [csv: { file: ["{slide}.csv"] }]',
    '11:22   sinks[0].csv.file must be text, is [\'{slide}.csv\']: write "{slide}.csv", without brackets',
  ],
  [
    '{slide} alone',
    sinks,
    'sinks: [csv: { file: {slide} }]',
    '11:22   sinks[0].csv.file is a map: write "{slide}", quotes are needed around {…}',
  ],
  // Devices.
  ...of('the device', '{ model: stain }', '9:36   stages[4].infer.device', [
    [device('gpu'), `: 'gpu' is no device: write one of ${everyDevice()}`],
    [device('"cuda:0"')],
    [device('cuda:0+cuda:1')],
    [device('cuda:0+cpu'), ": 'cuda:0+cpu' is no device: write [cuda:0, cpu], which are tried in this order"],
    [device('cuda1'), ": 'cuda1' is no device: write cuda:1"],
    [device('webgpu:1'), ": 'webgpu:1' is no device: write webgpu (any GPU, by its graphics driver)"],
    [device('nvidia'), `: 'nvidia' is no device: write ${nvidia()}`],
    [device('mps'), ": 'mps' is no device: write coreml (Apple) or webgpu (any GPU, by its graphics driver)"],
    [device('metal'), ": 'metal' is no device: write coreml (Apple) or webgpu (any GPU, by its graphics driver)"],
    [device('rocm'), ": 'rocm' is no device: write webgpu (any GPU, by its graphics driver) or dml (a GPU on Windows)"],
    [device('CUDA'), ": 'CUDA' is no device: write cuda"],
    [device('cuda cpu'), ": 'cuda cpu' is no device: write [cuda, cpu], which are tried in this order"],
    [device('auto'), `: 'auto' is no device: write a list, which is tried in its order, as [cuda, cpu]; there are ${everyDevice()}`],
    [device('0'), ` is 0: write one of ${everyDevice()}`],
  ]),
  // Options by other names, and in other parts.
  ...of('an option', '224 px', '5:25   stages[0].grid has no option', [
    ['9 px, step: 112', " 'step': write stride: 112"],
    ['9 px, overlap: 0.5', " 'overlap': write stride: …, the step from patch to patch (the size less the overlap)"],
    ['9 px, batch_size: 32', " 'batch_size': write batch: { size: 32 }"],
    ['9 px, keep: 25 %', " 'keep': write mask: { keep: 25 % }"],
    ['9 px, stride=4', " 'stride=4': write stride: 4, with a space behind the colon"],
    ['9 px, colour: red', " 'colour'; it has size, at, stride, like, within, places"],
    ['9 px, strid: 4', " 'strid', did you mean 'stride'?"],
  ]),
  ...of('the place of a resolution', 'at: 0.5 mpp', '5:27   stages[0].grid has no option', [
    ['mpp: 0.25', " 'mpp': write at: 0.25 mpp"],
    ['resolution: 0.25, units: mpp', " 'resolution': write at: 0.25 mpp"],
    ['resolution: 20, units: power', " 'resolution': write at: 20 power"],
    ['magnification: 20', " 'magnification': write at: 20x"],
    ['level: 1', " 'level': write at: level 1"],
    ['spacing_um_px: 0.25', " 'spacing_um_px': write at: 0.25 mpp"],
  ]),
  ...of('what is wanted of a slide', glob, '3:33   slides has no option', [
    [`${glob}, resolution: 0.5, units: mpp`, " 'resolution': write grid: { at: 0.5 mpp }"],
    [`${glob}, magnification: 20`, " 'magnification': write grid: { at: 20x }"],
    [`${glob}, at: 0.5 mpp`, " 'at': write grid: { at: 0.5 mpp } or mask: { at: 0.5 mpp }"],
    [`${glob}, spacing: 0.25`, " 'spacing': write mpp: 0.25"],
  ]),
  ...of('a shape', 'size: 224 px', '5:13   stages[0].grid has no option', [
    ['patch_input_shape: [224, 96]', " 'patch_input_shape': write size: [96 px, 224 px], the width first"],
    ['patch_input_shape: [224, 224]', " 'patch_input_shape': write size: 224 px"],
    ['patch_size: [96, 224]', " 'patch_size': write size: [96 px, 224 px]"],
    ['stride_shape: [112, 48]', " 'stride_shape': write stride: [48 px, 112 px], the width first"],
  ]),
  ...of('a list of resolutions', 'at: 0.5 mpp', '5:27   stages[0].grid has no option', [
    ['input_resolutions: [{ units: mpp, resolution: 0.25 }]', " 'input_resolutions': write at: 0.25 mpp"],
  ]),
  ...of('which slides', glob, '3:33   slides has no option', [
    [`${glob}, limit: 2`, " 'limit': narrow the glob or the list, or take slides by their ids: tiastream run --only <id>"],
    [`${glob}, token: x`, " 'token': the environment says who asks a PACS: TIASTREAM_DICOMWEB_TOKEN and TIASTREAM_DICOMWEB_HOST"],
    [`${glob}, exclude: x`, ' \'exclude\': a pattern after ! takes away: glob: ["**/*.svs", "!**/x.*"]'],
  ]),
  ['the resolution of a map', '- merge', '- merge: { resolution: 4 }', "10:14   stages[5].merge has no option 'resolution': it takes none"],
  [
    'a map as a stage',
    '- merge',
    '- merge_predictions',
    "10:5   stages[5] names 'merge_predictions': there is no stage 'merge_predictions': write the sink map below sinks:",
  ],
  ['a file of each slide', '- mask', '- mask: "m/{slide}.png"', '6:11   stages[1].mask takes options by name: { file: "m/{slide}.png" }'],
  ...of('an option within an option', glob, '3:39   slides.s3 has no option', [
    [`${glob}, s3: { regoin: x }`, " 'regoin', did you mean 'region'?"],
    [`${glob}, s3: { endpoint_url: x }`, " 'endpoint_url'; it has anonymous, endpoint, region, path_style, profile"],
    [`${glob}, s3: { request_payer: x }`, " 'request_payer': the environment says it: AWS_REQUEST_PAYER=requester"],
  ]),
  ...of('a word of TIAToolbox', '{ model: stain }', '9:28   stages[4].infer has no option', [
    ['{ model: stain, on_gpu: true }', " 'on_gpu': write device: cuda"],
    ['{ model: stain, mode: wsi }', " 'mode': the input says it: write slides:, tiles: or patches:"],
    ['{ model: stain, return_probabilities: true }', " 'return_probabilities': leave it out: probabilities are always in the rows"],
    ['{ model: stain, auto_get_mask: true }', " 'auto_get_mask': write mask below stages:"],
  ]),
  ['the size of a patch', 'size: 224 px', 'patch_size: 224', "5:13   stages[0].grid has no option 'patch_size': write size: 224"],
  [
    'the size of a batch',
    '- batch',
    '- batch: { batchSize: 32 }',
    "8:14   stages[3].batch has no option 'batchSize': write batch: { size: 32 }",
  ],
  ['two classes', '- mask', '- mask: { labels: [1, 2] }', "6:13   stages[1].mask has no option 'labels': write classes: …"],
  ['two cards', '{ model: stain }', '{ model: stain, gpus: [0, 1] }', "9:28   stages[4].infer has no option 'gpus': write device: …"],
  ['a shape of a batch', '- batch', '- batch: { shape: [8, 3] }', "8:14   stages[3].batch has no option 'shape': write size: …"],
  ['the share of tissue', '- mask', '- mask: { min_tissue: 0.5 }', "6:13   stages[1].mask has no option 'min_tissue': write keep: 0.5"],
  ['the name of a model', '{ model: stain }', '{ name: stain }', "9:14   stages[4].infer has no option 'name': write model: stain"],
  [
    'workers',
    '{ model: stain }',
    '{ model: stain, num_workers: 4 }',
    "9:28   stages[4].infer has no option 'num_workers': write runtime: { lanes: 4 }",
  ],
  [
    'the path of a sink',
    sinks,
    'sinks: [csv: { path: "{slide}.csv" }]',
    '11:16   sinks[0].csv has no option \'path\': write file: "{slide}.csv"',
  ],
  [
    'the folder of slides',
    'glob: "slides/*.svs"',
    'folder: slides',
    '3:11   slides has no option \'folder\': write glob: "slides/**/*.{svs,tif,tiff}"',
  ],
  [
    'an option beside its stage',
    '- mask',
    '- mask:\n    keep: 25 %',
    '6:5   stages[1] has keep beside mask: write 2 more spaces before keep, which is an option of mask',
  ],
  // Sinks and stages by other names.
  ...of('the sink', sinks, '11:9   sinks[0] names', [
    ['sinks: [hdf5]', " 'hdf5': there is no sink 'hdf5': write clam (HDF5 as CLAM and TRIDENT load it)"],
    ['sinks: [dicom-seg]', " 'dicom-seg': there is no sink 'dicom-seg': write map, of which docs/recipes.md makes a segmentation"],
    ['sinks: [.h5]', " '.h5': there is no sink '.h5': write clam (HDF5 as CLAM and TRIDENT load it)"],
    ['sinks: [Feather]', " 'Feather': there is no sink 'Feather': write arrow (one Arrow IPC file per slide)"],
    [
      'sinks: [csv.gz]',
      " 'csv.gz': there is no sink 'csv.gz': write parquet (one Parquet table per slide) or csv (one CSV table per slide, with a header)",
    ],
    ['sinks: [sqlite]', " 'sqlite': there is no sink 'sqlite': write annotations (TIAToolbox AnnotationStore (SQLite))"],
    ['sinks: [geojson]', " 'geojson': there is no sink 'geojson': write qupath (GeoJSON for QuPath)"],
    ['sinks: [npy]', " 'npy': there is no sink 'npy': write map (the prediction map of a slide)"],
    ['sinks: [infer]', " 'infer': there is no sink 'infer': infer is a stage, write it below stages:"],
    ['sinks: [parqet]', " 'parqet': there is no sink 'parqet', did you mean 'parquet'?"],
    ['sinks: [avro]', ` 'avro': there is no sink 'avro'; there are ${Object.keys(defaultEnvironment.sinks).join(', ')}`],
  ]),
  ...of('the stage', '- mask', '6:5   stages[1] names', [
    ['- otsu', " 'otsu': there is no stage 'otsu': write mask (keep the patches that lie on tissue)"],
    ['- tile', " 'tile': there is no stage 'tile': write grid (lay a grid of patches over the slide, in rows from the top left)"],
    ['- classify', " 'classify': there is no stage 'classify': write infer (ask a model about every patch)"],
    ['- parquet', " 'parquet': there is no stage 'parquet': parquet is a sink, write it below sinks:"],
    ['- maks', " 'maks': there is no stage 'maks', did you mean 'mask'?"],
    ['- stain', ` 'stain': there is no stage 'stain'; there are ${Object.keys(writableStages(defaultEnvironment)).join(', ')}`],
  ]),
  // The form of parts and sections.
  ['a stage by a key', '- mask', '- type: mask\n    keep: 25 %', '6:5   stages[1] is written by its name: write - mask: { keep: 25 % }'],
  ['a stage by one key', '- mask', '- name: mask', '6:5   stages[1] is written by its name: write - mask'],
  ['a dash without a stage', '- mask', '-', '6:4   stages[1] is empty: write the name of a stage behind the dash, or take the dash away'],
  ['two dashes', '- mask', '- - mask', '6:5   stages[1] has two dashes: write one before each stage'],
  [
    'two stages in a line',
    '- extract\n',
    '- extract, measure\n',
    '7:5   stages[2] names extract and measure; start each in its own line, the dashes in one column',
  ],
  [
    'a stage that is indented further than a plain one',
    '- mask\n  - extract',
    '- mask\n   - extract',
    '6:5   stages[1] names mask and extract; start each in its own line, the dashes in one column',
  ],
  ['a value where options stand', '{ model: stain }', 'stain', '9:12   stages[4].infer takes options by name: { model: stain }'],
  ['a method where options stand', '- mask', '- mask: otsu', '6:11   stages[1].mask takes options by name: { method: otsu }'],
  ['a share where options stand', '- mask', '- mask: 25 %', '6:11   stages[1].mask takes options by name: { keep: 25 % }'],
  [
    'a number of patches where options stand, which may be two things',
    '- mask',
    '- sample: 100',
    '6:13   stages[1].sample takes options by name: { every: 100 } or { count: 100 }',
  ],
  ['slides as a pattern', '{ glob: "slides/*.svs" }', 'slides/*.svs', '3:9   slides takes options by name: { glob: "slides/*.svs" }'],
  ['slides as a list', '{ glob: "slides/*.svs" }', 'cohort.csv', '3:9   slides takes options by name: { list: "cohort.csv" }'],
  [
    'slides one by one',
    '{ glob: "slides/*.svs" }',
    '[slides/a.svs, slides/b.svs]',
    '3:9   slides takes options by name: { glob: ["slides/a.svs", "slides/b.svs"] }',
  ],
  ['one sink as text', sinks, 'sinks: csv', '11:8   sinks must be a list: write [csv]'],
  ['sinks as text', sinks, 'sinks: csv, parquet', '11:8   sinks must be a list: write [csv, parquet]'],
  ['sinks as a map', sinks, 'sinks:\n  csv:\n  parquet:', "12:3   sinks must be a list: one sink a line, each after a dash ('  - csv')"],
  [
    'an output of which something has made one slash of two',
    './out',
    's3:/lab/run7',
    "1:9   output is 's3:/lab/run7', which is no place to write to: write two slashes: s3://lab/run7",
  ],
  ['a comma behind the output', './out', './out,', "1:9   output is './out,': take the comma away"],
  ['a flag where options stand', '- mask', '- mask: false', '6:11   stages[1].mask is no flag: take the line away'],
  [
    'dashes before options',
    '{ model: stain }',
    '\n      - model: stain',
    '10:7   stages[4].infer takes options by name: take the dashes before them away',
  ],
  [
    'a stage too early',
    '- mask\n',
    '- infer: { model: stain }\n',
    "6:5   stages[1].infer takes batch, but 'grid' gives patch: move it behind batch:",
  ],
  [
    'the file of a model',
    '{ model: stain }',
    '{ model: resnet.onnx }',
    "9:21   stages[4].infer.model: there is no model 'resnet.onnx' (a model is a folder with model.yml; one is made of an ONNX file with: tiastream models import resnet.onnx --size … --at … --classes …)",
  ],
  [
    'the weights of a model',
    '{ model: stain }',
    '{ model: resnet50.pth }',
    "9:21   stages[4].infer.model: there is no model 'resnet50.pth' (a model is a folder with model.yml; one is made of weights with: tiastream models convert resnet50.pth)",
  ],
  // Sections.
  ['the input', 'slides: { glob', 'input: { glob', "3:1   a pipeline has no 'input': write slides:"],
  [
    'the input as a pattern',
    'slides: { glob: "slides/*.svs" }',
    'wsi: slides/*.svs',
    '3:1   a pipeline has no \'wsi\': write slides: { glob: "slides/*.svs" }',
  ],
  ['pictures', 'slides: { glob', 'images: { glob', "3:1   a pipeline has no 'images': write slides:"],
  [
    'a card',
    'output: ./out',
    'output: ./out\non_gpu: true',
    "2:1   a pipeline has no 'on_gpu': write infer: { device: cuda } below stages:",
  ],
  [
    'a mask for all',
    'output: ./out',
    'output: ./out\nauto_get_mask: true',
    "2:1   a pipeline has no 'auto_get_mask': write mask below stages:",
  ],
  ['the output', 'output', 'output_dir', "1:1   a pipeline has no 'output_dir': write output:"],
  ['the steps', 'stages:', 'steps:', "4:1   a pipeline has no 'steps': write stages:"],
  ['a description', 'output: ./out', 'output: ./out\ndescription: a test', "2:1   a pipeline has no 'description': write about:"],
  ['a version', 'output: ./out', 'version: 2\noutput: ./out', "1:1   a pipeline has no 'version': leave it out"],
  [
    'a device beside the sections',
    sinks,
    `${sinks}\ndevice: cuda`,
    "12:1   a pipeline has no 'device': write infer: { device: cuda } below stages:",
  ],
  ['lanes beside the sections', sinks, `${sinks}\nlanes: 4`, "12:1   a pipeline has no 'lanes': write runtime: { lanes: 4 }"],
  [
    'a stage beside the sections',
    sinks,
    `${sinks}\nmerge:`,
    "12:1   merge is a stage: write it below stages:, each after a dash ('  - merge')",
  ],
  [
    'an option of slides beside them',
    'slides: { glob: "slides/*.svs" }',
    'slides:\nglob: "slides/*.svs"',
    "4:1   a pipeline has no 'glob': it belongs to slides:, write 2 spaces before it",
  ],
  [
    'something else',
    sinks,
    `${sinks}\nquality: 3`,
    "12:1   a pipeline has no 'quality'; it has about:, output:, vars:, plugins:, stages:, sinks:, runtime:, slides:, tiles:, patches:, and x-… for what is yours",
  ],
  [
    'columns that are named as sections',
    sound,
    sound.replace('{ glob: "slides/*.svs" }', '{ list: l.csv, columns: { slides: integer, sinks: text } }').replace(sinks, ''),
    '1:1   a pipeline needs sinks:',
    '3:1   slides: there is no list at <here>/l.csv',
  ],
  [
    'no sinks: before the sinks',
    `\n${sinks}`,
    '\n  - parquet\n  - csv: { file: "{slide}.csv" }',
    '11:5   stages[6]: parquet and csv are sinks: write sinks: in a line of its own before',
  ],
  [
    'a key around everything',
    sound,
    `pipeline:\n${sound.replaceAll(/^(?=.)/gm, '  ')}`,
    "1:1   a pipeline has no 'pipeline' around it: take that line away, and the spaces before what is below it",
  ],
  [
    'dashes before everything',
    sound,
    '- output: ./out\n- slides: { glob: "slides/*.svs" }\n',
    '1:1   a pipeline is a map with output:, an input, stages: and sinks:; take the dashes at the start of the lines away',
  ],
  [
    'a section inside another',
    'output: ./out\nvars: { DIR: { default: slides }, N: { default: 224 } }\nslides: { glob: "slides/*.svs" }',
    'slides: { glob: "slides/*.svs", output: ./out }',
    "1:33   slides has no option 'output': output: is a section of its own, begin it at the start of a line",
  ],
  [
    'an input that is missing beside runtime.slides',
    'slides: { glob: "slides/*.svs" }',
    'runtime: { slides: 2 }',
    '1:1   a pipeline needs its input: slides: or tiles: or patches:',
  ],
  [
    'a stage among the options of slides',
    'glob: "slides/*.svs"',
    'glob: "slides/*.svs", mask: { keep: 25 % }',
    '3:39   slides.mask has options of the stage mask: write - mask: { … } below stages:',
  ],
  [
    'the folder of a sink',
    sinks,
    'sinks: [csv: { folder: ./tables }]',
    '11:16   sinks[0].csv has no option \'folder\': write file: "tables/{slide}.csv"',
  ],
  ['a sink twice', sinks, 'sinks: [csv, csv]', "11:14   sinks[1].csv.file is 'a.csv' for slide a, which sinks[0].csv writes too"],
  [
    'the id of a slide as a var',
    sinks,
    'sinks: [csv: { file: "${slide}.csv" }]',
    '11:22   sinks[0].csv.file uses ${slide}, which vars: does not declare: write {slide}, without the $',
  ],
  ['the output in a list', './out', '[./out]', '1:9   output must be the folder of the results: write output: ./out'],
  ['the output as a number', './out', '2024', '1:9   output must be the folder of the results: write "2024"'],
  [
    'what becomes of errors',
    '- extract',
    '- extract: { on_error: skip }',
    "7:26   stages[2].extract.on_error must be one of fail, mark, is 'skip': write mark",
  ],
  [
    'the type of a column',
    glob,
    `${glob}, columns: { age: int }`,
    "3:49   slides.columns.age must be one of text, integer, number, boolean, is 'int': write integer",
  ],
  [
    'columns without types',
    glob,
    `${glob}, columns: [age, case]`,
    "3:42   slides.columns must be a map, is ['age', 'case']: write { age: …, case: … }",
  ],
  // Variables and paths.
  [
    'a var of the environment',
    glob,
    '"${DATA}/*.svs"',
    '3:17   slides.glob uses ${DATA}, which vars: does not declare: declare it, vars: { DATA: { env: DATA } }',
  ],
  [
    'a var with its section',
    glob,
    '"${vars.DIR}/*.svs"',
    '3:17   slides.glob uses ${vars.DIR}, which vars: does not declare: write ${DIR}',
  ],
  [
    'a var with a default',
    './out',
    '${OUT:-./out}',
    '1:9   output uses ${OUT:-./out}, which vars: does not declare: write ${OUT}, and declare it, vars: { OUT: { env: OUT, default: ./out } }',
  ],
  [
    'a var of CI',
    './out',
    '${env.OUT}',
    '1:9   output uses ${env.OUT}, which vars: does not declare: write ${OUT}, and declare it, vars: { OUT: { env: OUT } }',
  ],
  [
    "a var of Hydra's environment",
    './out',
    '"${oc.env:OUT,./out}"',
    '1:9   output uses ${oc.env:OUT,./out}, which vars: does not declare: write ${OUT}, and declare it, vars: { OUT: { env: OUT, default: ./out } }',
  ],
  ['a var of a shell', glob, '$DIR/*.svs', '3:17   slides.glob has $DIR, which is not replaced: write "${DIR}"'],
  ['a var of make', glob, '$(DIR)/*.svs', '3:17   slides.glob has $(DIR), which is not replaced: write "${DIR}"'],
  [
    'a var of templates',
    glob,
    '"{{ dir }}/*.svs"',
    '3:17   slides.glob has {{ dir }}, which is not replaced: write "${dir}", and declare it, vars: { dir: { default: … } }',
  ],
  [
    'a param of Airflow, or a value of Helm',
    glob,
    '"{{ params.dir }}/*.svs"',
    '3:17   slides.glob has {{ params.dir }}, which is not replaced: write "${dir}", and declare it, vars: { dir: { default: … } }',
  ],
  [
    'a field of a template of Go',
    glob,
    '"{{ .dir }}/*.svs"',
    '3:17   slides.glob has {{ .dir }}, which is not replaced: write "${dir}", and declare it, vars: { dir: { default: … } }',
  ],
  ['the home folder is the home folder', glob, '~/slides/*.svs'],
  [
    'the home folder of another',
    glob,
    '~anna/slides/*.svs',
    '3:17   slides.glob begins with ~anna, the folder of another user: write its whole path',
  ],
  [
    'a pattern that is a folder',
    glob,
    'slides',
    "3:1   slides.glob 'slides' finds no file (slides is a folder: write 'slides/**/*.{svs,tif,tiff}')",
  ],
  [
    'a slide that is a folder',
    glob,
    'series',
    "3:1   slides.glob 'series' finds no file (series is a slide that is a folder: write 'series/')",
  ],
  [
    'a pattern of Windows',
    glob,
    "'slides\\*.svs'",
    "3:1   slides.glob 'slides\\*.svs' finds no file (a pattern has / between folders, on Windows too: write 'slides/*.svs')",
  ],
  [
    'a pattern below a folder that is not there',
    glob,
    'slide/*.svs',
    "3:1   slides.glob 'slide/*.svs' finds no file (there is no folder <here>/slide)",
  ],
])

test('everything that another name may mean is there', (t) => {
  const stages = writableStages(defaultEnvironment)
  const parts = { ...defaultEnvironment.sources, ...defaultEnvironment.sinks, ...stages, runtime: { options: runtimeOptions } }
  const options = Object.values(parts).flatMap((part) => Object.keys(part.options))
  const inSection = (table: typeof otherSinks, names: readonly string[]) => {
    for (const [word, ours] of Object.entries(table)) for (const name of ours) t.true(names.includes(name), `${word} → ${name}`)
  }
  inSection(otherSinks, Object.keys(defaultEnvironment.sinks))
  inSection(otherStages, Object.keys(stages))
  inSection(otherSources, Object.keys(defaultEnvironment.sources))
  inSection(otherSections, sections)
  inSection(otherOptions, [
    ...options,
    ...Object.entries(parts).flatMap(([part, spec]) => Object.keys(spec.options).map((name) => `${part}.${name}`)),
  ])
  t.deepEqual(meantBy('numWorkers', otherOptions), meantBy('num-workers', otherOptions))
  t.deepEqual(meantBy('constructor', otherOptions), [])
})

/** Rows of one kind, which are said in one place: what is written, and how the sentence ends (none: it is right). */
function of(name: string, from: string, start: string, cases: readonly (readonly [to: string, end?: string])[]): Mistake[] {
  return cases.map(([to, end]) => (end === undefined ? [`${name} ${to}`, from, to] : [`${name} ${to}`, from, to, `${start}${end}`]))
}

function nvidia(): string {
  return 'cuda (an NVIDIA GPU) or tensorrt (an NVIDIA GPU, compiled for it)'
}

function everyDevice(): string {
  return "cpu (any machine), openvino (any processor, by Intel's library), cuda (an NVIDIA GPU), tensorrt (an NVIDIA GPU, compiled for it), webgpu (any GPU, by its graphics driver), dml (a GPU on Windows), coreml (Apple)"
}
