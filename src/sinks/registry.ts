/** The sinks by name: one line each. Their work loads when a sink is opened. */

import type { AnySinkSpec } from '../core/sink.js'
import arrow from './arrow/spec.js'
import csv from './csv/spec.js'
import jsonl from './jsonl/spec.js'
import parquet from './parquet/spec.js'

export const sinks: Readonly<Record<string, AnySinkSpec>> = {
  arrow,
  csv,
  jsonl,
  parquet,
}
