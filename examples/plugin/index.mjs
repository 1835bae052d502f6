/** A plugin: what a lab adds to tiastream. Each part is a description here, and its work in a module that is loaded where it runs. */

import { begins, definePlugin, defineReader, defineSink, defineSource, defineStage, options } from 'tiastream'

export const worklist = defineSource({
  name: 'worklist',
  kind: 'slide',
  summary: 'The slides of a worklist: a file with a line of JSON for each, `{ "id", "file", "mpp", "case" }`.',
  options: { file: options.text().describe('The worklist, relative to the pipeline.') },
  examples: ['worklist: { file: ./worklist.jsonl }'],
  load: () => import('./worklist.mjs'),
})

export const ppm = defineReader({
  name: 'ppm',
  is: (head) => begins(head, 'P6'),
  load: () => import('./ppm.mjs'),
})

export const redness = defineStage({
  name: 'redness',
  from: 'image',
  to: 'image',
  placement: 'pixels',
  summary: 'How red a patch is.',
  options: { threshold: options.whole(0, 255).default(0).describe('A pixel counts where its red is at least this.') },
  columns: () => [
    { name: 'redness', type: 'float32', nullable: true, about: 'Mean red of the pixels that count, 0 to 255; null of none.' },
  ],
  examples: ['redness', 'redness: { threshold: 100 }'],
  load: () => import('./redness.mjs'),
})

export const tally = defineSink({
  name: 'tally',
  summary: 'How many patches a slide has, and the mean of each column of numbers, as JSON.',
  options: { file: options.text().default('{slide}.tally.json').describe('Name of the file, below the output folder.') },
  file: '{slide}.tally.json',
  endings: ['.json'],
  examples: ['tally'],
  load: () => import('./tally.mjs'),
})

export default definePlugin({
  name: '@lab/tiastream-plain',
  version: '1.0.0',
  module: import.meta.url,
  sources: [worklist],
  readers: [ppm],
  stages: [redness],
  sinks: [tally],
})
