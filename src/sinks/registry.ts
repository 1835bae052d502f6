/** The sinks by name: one line each. Their work loads when a sink is opened. */

import type { AnySinkSpec } from '../core/sink.js'
import annotations from './annotations/spec.js'
import arrow from './arrow/spec.js'
import clam from './clam/spec.js'
import csv from './csv/spec.js'
import geoparquet from './geoparquet/spec.js'
import jsonl from './jsonl/spec.js'
import map from './map/spec.js'
import mask from './mask/spec.js'
import overlay from './overlay/spec.js'
import parquet from './parquet/spec.js'
import qupath from './qupath/spec.js'
import samples from './samples/spec.js'
import thumbnail from './thumbnail/spec.js'
import tiatoolboxJson from './tiatoolbox-json/spec.js'
import wsinfer from './wsinfer/spec.js'
import zarr from './zarr/spec.js'

export const sinks: Readonly<Record<string, AnySinkSpec>> = {
  annotations,
  arrow,
  clam,
  csv,
  geoparquet,
  jsonl,
  map,
  overlay,
  parquet,
  qupath,
  samples,
  thumbnail,
  mask,
  'tiatoolbox-json': tiatoolboxJson,
  wsinfer,
  zarr,
}
