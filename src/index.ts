/** The public names of tiastream, nothing else. `docs/api.md` is made of them: a comment by itself is a heading there. */

// Running a pipeline

export { type ObserveOptions, type Observer, observeRun, observeWorker } from './observe/observe.js'
export { type Checked, checkPipeline } from './pipeline/check/check.js'
export type { CheckOptions } from './pipeline/check/check-given.js'
export { readPlan } from './pipeline/check/read-plan.js'
export { type DefineOptions, definePipeline, type PipelineObject } from './pipeline/define.js'
export type { Plan } from './pipeline/plan/plan-type.js'
export { type RunOptions, runPipeline } from './pipeline/run/run.js'
export type { RunEvent, RunSummary } from './pipeline/run/run-events.js'
export type { Receipt } from './pipeline/store/receipts.js'
export { type RowStream, type SlideBatch, type StreamOptions, streamRows } from './pipeline/stream.js'

// Sources, stages and sinks as functions

export { type SinkPart, type SinkTarget, type SourcePart, type Step, sinkOf, sourceOf, stepOf, type Written } from './pipeline/parts.js'
export * from './pipeline/steps.js'
export type { PatchesOptions } from './sources/memory/patches.js'
export { type ImageOptions, imageSlide, type RgbBytes } from './sources/memory/pixels.js'

// Composing by hand

export { type ComposeContext, type Composed, compose } from './pipeline/compose.js'

// Rows and batches

export type { Batch, ColumnData } from './core/batch.js'
export { batchesOf, rowsIn } from './core/batches/batches-of.js'
export { concatOf } from './core/batches/join.js'
export { sliceOf, takeOf } from './core/batches/rearrange.js'
export { batchOf, rowsOf } from './core/batches/rows-of.js'
export type { Column, ColumnType, PatchNote, Row, Value, VectorElement } from './core/row.js'
export { fromHighland, toHighland } from './stages/rows/highland.js'

// Reading results

export { type Gathered, type GatherOptions, gatherCohort } from './pipeline/cohort/gather.js'
export { type ResultTable, readTable } from './results/read-table.js'
export type { TableMetadata } from './sinks/common/metadata.js'

// Slides and models

export type { Model, ModelCard, ModelClass, ModelInput, ModelOutput } from './core/model.js'
export type {
  DecodeSpeed,
  GivenSlide,
  Level,
  MemoryPixels,
  ReadOptions,
  ReadRequest,
  Slide,
  SlideIdentity,
  SlideInfo,
  SlideKind,
  SlideRef,
} from './core/slide.js'
export type { Region, Size } from './geometry/region.js'
export type { Resolution, Units } from './geometry/resolution.js'
export { readCard } from './models/card/card.js'
export { findModel } from './models/card/find.js'
export { openModel } from './models/session/open.js'
export { openSlide } from './readers/open.js'

// What flows between stages

export {
  type BatchInput,
  type BatchOutput,
  type Item,
  type Items,
  note,
  type Patch,
  type PatchBatch,
  type PatchImage,
  type PatchStatus,
} from './core/items.js'

// Environments and plugins

export * as options from './core/options.js'
export { defaultEnvironment } from './pipeline/environment/default.js'
export type { Environment, KnownPlugin, LaneEnvironment, StagePlace, StageWork } from './pipeline/environment/environment.js'
export {
  type AnyPluginStage,
  definePlugin,
  definePluginStage as defineStage,
  defineReader,
  type Plugin,
  type PluginStageSpec,
} from './pipeline/environment/plugin.js'
export { withPlugins } from './pipeline/environment/with-plugins.js'
export type { ByteSource, Extent } from './readers/byte-source.js'
export type { Listed } from './readers/files/files.js'
export { joinedSource, placeIn } from './readers/files/joined.js'
export type { SlideFiles } from './readers/files/of-slide.js'
export { begins, type OpenContext, type Reader, type ReaderCode } from './readers/format.js'
export { type Places, placementOf } from './readers/placement.js'
export type { Opened } from './readers/slide.js'
export { levelOf, type Placement, type Tile, type TileStore } from './readers/store.js'

// Stages, sinks and sources as values

export { type Asked, askedModels } from './core/columns/asked.js'
export type { Unread } from './core/overview.js'
export { type Head, type Pictures, picturesOf } from './core/pictures.js'
export type { PatchGrid, Provides, Role, Roles } from './core/roles.js'
export { type AnySinkSpec, defineSink, type Provenance, type SinkContext, type SinkPlan, type SinkSpec } from './core/sink.js'
export { type AnySourceSpec, defineSource, type SourceSpec, type ValueTypes } from './core/source.js'
export type { AnyStageSpec, PixelMemory, PlanContext, Stage, StageContext, StagePlacement, StageSpec } from './core/stage.js'

// Errors

export * from './core/errors.js'
