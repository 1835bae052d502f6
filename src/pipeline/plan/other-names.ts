/**
 * Words that others have for our things: those of file endings, TIAToolbox, wsinfer, TRIDENT, CLAM, QuPath and PyTorch. Nobody can write them
 * here; each only says which of our words is meant. A test looks that ours are there.
 */

/** Other name → ours. */
type Words = Readonly<Record<string, readonly string[]>>

/** `a b → c d`: each of the first is one of the second. */
const words = (...lines: readonly string[]): Words =>
  Object.fromEntries(
    lines.flatMap((line) => {
      const [theirs = '', ours = ''] = line.split('→')
      return theirs
        .trim()
        .split(/\s+/)
        .map((word) => [word, ours.trim().split(/\s+/)])
    }),
  )

export const otherSinks = words(
  'hdf5 h5 hdf trident stamp h5py pt → clam',
  'feather ipc arrows arrow_ipc pyarrow → arrow',
  'csv.gz gz gzip compressed → parquet csv',
  'tsv txt excel xlsx xls table pandas dataframe → csv parquet',
  'json ndjson jsonlines json_lines → jsonl tiatoolbox-json',
  'tiatoolbox → annotations tiatoolbox-json',
  'sqlite sqlite3 db database annotation annotation_store annotationstore → annotations',
  'duckdb polars postgres sql delta iceberg lance pq spark → parquet',
  'geojson paquo → qupath',
  'gpkg geopackage shapefile gis → geoparquet',
  'tif tiff ome-tiff ome.tiff npy npz numpy prediction_map predictions probmap → map',
  'heatmap heat_map png jpg jpeg image picture visualisation visualization → overlay',
  'thumb preview → thumbnail',
  'patches tiles gallery montage mosaic examples → samples',
  'tissue tissue_mask masks → mask',
  'ome-zarr ome.zarr anndata spatialdata xarray → zarr',
)

export const otherStages = words(
  'patch patches patching patchify tile tiles tiling tiler tessellate split slide sliding_window window crop → grid',
  'otsu tissue tissue_mask tissue_detection segment segmentation seg background filter foreground masking masks → mask',
  'read load decode image → extract',
  'subset random subsample sampling limit → sample',
  'qc quality blur focus stain_qc → measure',
  'stain_norm stain_normalization stain_normalisation stain_normalizer normalizer normalize normalise macenko reinhard ruifrok vahadane → stainnorm',
  'batches batching collate loader dataloader → batch',
  'classify classification predict prediction model models inference run embed embedding embeddings features feature_extraction encoder encode onnx → infer',
  'aggregate join collect combine output result results table → merge',
  'map function script python js highland transform custom → rows',
)

export const otherSources = words(
  'slide input inputs source sources wsi wsis imgs images image files data dataset cohort in → slides',
  'tile regions roi rois → tiles',
  'patch crops → patches',
)

/** Of the pipeline itself. */
export const otherSections = words(
  'outputs out output_dir output_folder outdir results save_dir destination → output',
  'steps pipeline stage process processors transforms → stages',
  'sink writers write export exports → sinks',
  'description name title comment summary → about',
  'variables var params parameters env args defaults → vars',
  'run settings config resources performance execution → runtime',
)

/** Of options; `batch.size` is one of another part. Of several the first that there is. */
export const otherOptions = words(
  'patch_size patchsize tile_size tilesize patch_shape patch_input_shape input_size input_shape width height patch_size_pixels patch_width window window_size shape patch tile → size grid.size',
  'step step_size stepsize stride_shape strides overlap overlap_px pixel_overlap patch_overlap tile_overlap → stride grid.stride',
  // Of a slide, mpp and power say what the file should have said: whoever writes what patches are wanted in means the grid.
  'resolution resolutions input_resolutions units unit magnification mag level patch_level target_mpp target_mag target_magnification spacing_um_px patch_spacing target_spacing downsample → at grid.at',
  'mpp spacing um_px → at mpp grid.at',
  'power objective → at power grid.at',
  'batch_size batchsize bs batch → batch.size batch',
  'pretrained_model pretrained name weights network checkpoint ckpt onnx encoder patch_encoder model_name model_path path file net → model file glob',
  'devices gpu gpus on_gpu cuda provider providers accelerator execution_provider → device infer.device',
  'min_tissue tissue tissue_threshold min_tissue_proportion min_tissue_ratio min_mask_ratio min_coverage coverage min_area proportion → keep mask.keep',
  'within_bound within_bounds only_inside drop_last → within grid.within',
  'coords coordinates coord points coords_dir patch_coords h5 h5_dir patch_list → places grid.places',
  'segmenter algorithm type kind → method mask.method',
  'filename file_name out output outfile save_path save_as to template → file',
  'files paths pattern patterns folder dir directory root wsi_dir input inputs slides imgs images wsis source src → glob folder file',
  'csv table manifest cohort slide_list wsi_list custom_list_of_wsis → list',
  'masks mask_dir masks_dir mask_path mask_file → mask file',
  'microns_per_pixel pixel_size um_per_px → mpp at',
  'objective_power app_mag → power at',
  'workers num_workers max_workers threads num_threads jobs n_jobs cores cpus parallel num_loader_workers num_postproc_workers → lanes runtime.lanes',
  'ram mem max_memory memory_limit → memory runtime.memory',
  'fraction ratio percent percentage frac → share sample.share',
  'number num n limit max max_patches num_patches k → count sample.count',
  'random_seed random_state → seed',
  'codec compress → compression',
  'opacity transparency → alpha',
  'label labels class_name target_class only label_values class_names → classes class label',
  'batch_rows rows_per_group row_group_size chunk_size chunks → row_group chunk batch',
  'function func callback script → module export',
  'skip_errors ignore_errors errors onerror → on_error',
  'reader backend compatibility compatible → compat',
  'title caption → legend',
)

const forPacs = 'write map, of which docs/recipes.md makes a segmentation'

/** What needs no option here, or is said in another place: words of TIAToolbox's `run` and `predict`, and of S3; and what goes on after `has no option 'x'`. */
export const saidElsewhere: Readonly<Record<string, string>> = {
  return_probabilities: 'leave it out: probabilities are always in the rows',
  return_labels: 'leave it out: labels, where there are any, are always in the rows',
  return_coordinates: 'leave it out: places are always in the rows',
  merge_predictions: 'write the sink map below sinks:',
  mode: 'the input says it: write slides:, tiles: or patches:',
  patch_mode: 'the input says it: write patches: instead of slides:',
  ioconfig: 'write its parts, grid: { size, stride, at } below stages:',
  save_dir: 'write output: at the start of a line',
  save_output: 'write what is wanted below sinks:',
  output_type: 'write what is wanted below sinks:',
  auto_get_mask: 'write mask below stages:',
  auto_generate_mask: 'write mask below stages:',
  masks: 'write mask: { file: "masks/{slide}.png" } below stages:',
  labels: 'write them into a column label of the list',
  class_dict: 'the card of the model names its classes',
  dicom: forPacs,
  'dicom-seg': forPacs,
  seg: forPacs,
  sr: forPacs,
  request_payer: 'the environment says it: AWS_REQUEST_PAYER=requester',
  requester_pays: 'the environment says it: AWS_REQUEST_PAYER=requester',
  access_key: 'keys are no option: they come from the environment, or name a profile',
  secret_key: 'keys are no option: they come from the environment, or name a profile',
  aws_access_key_id: 'keys are no option: they come from the environment, or name a profile',
  aws_secret_access_key: 'keys are no option: they come from the environment, or name a profile',
  role_arn: 'name a profile of ~/.aws/config that has it',
  pretrained_weights: 'tiastream models convert makes a model of them',
}

const asksPacs = 'the environment says who asks a PACS: TIASTREAM_DICOMWEB_TOKEN and TIASTREAM_DICOMWEB_HOST'
const fewer = 'narrow the glob or the list, or take slides by their ids: tiastream run --only <id>'
const without = 'a pattern after ! takes away: glob: ["**/*.svs", "!**/x.*"]'

/** The same of sources. */
export const saidOfSources: Readonly<Record<string, string>> = {
  limit: fewer,
  max: fewer,
  n: fewer,
  count: fewer,
  only: fewer,
  ids: fewer,
  include: fewer,
  token: asksPacs,
  password: asksPacs,
  exclude: without,
  ignore: without,
  recursive: 'write ** for all folders below: glob: "slides/**/*.svs"',
}

/** Of values that have names. */
export const otherValues = words(
  'skip ignore continue warn → mark',
  'raise stop error abort strict → fail',
  'quick speed → fast',
  'accurate precise slow lossless → exact',
  'threshold → otsu',
  'morph morphology → morphological',
  'no off false disabled uncompressed raw → none off',
  'image png geojson external → file',
  'zlib gz deflate zip → gzip',
  'zst zstandard lz4 brotli → zstd',
  'int int32 int64 long → integer int32',
  'float double float64 float32 decimal → number float64 float32',
  'str string categorical category varchar → text string',
  'bool flag → boolean bool',
  'folder directory dirname → parent',
  'class argmax labels → classes',
  'probs probability scores → probabilities',
)

/** How a name is looked up: `.H5` is `h5`, `batch-size` and `batchSize` are `batch_size`. */
export function meantBy(name: string, table: Words): readonly string[] {
  const plain = name.trim().replace(/^\./, '')
  const snake = plain.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase()
  for (const key of [plain.toLowerCase(), snake, snake.replaceAll('-', '_')]) if (Object.hasOwn(table, key)) return table[key]!
  return []
}
