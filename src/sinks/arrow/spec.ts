/** The arrow sink: an Arrow IPC file (Feather 2); the fast way to keep embeddings. */

import { text, whole } from '../../core/options.js'
import { defineSink } from '../../core/sink.js'
import { fewerWhereWide, groupBytes, largestGroup } from '../common/group-rows.js'
import { widthProblems } from '../common/vector-width.js'

const options = {
  file: text().default('{slide}.arrow').describe('Name of the file, below the output folder.'),
  batch: whole(1, largestGroup).default(16_384).describe(`Rows of a record batch, ${fewerWhereWide}`),
}

export default defineSink({
  name: 'arrow',
  summary: 'One Arrow IPC file per slide: vectors as fixed-size lists, categories as dictionaries.',
  options,
  file: '{slide}.arrow',
  endings: ['.arrow', '.feather', '.ipc'],
  problems: (_options, { columns }) => widthProblems(columns),
  // The batches, and joined.
  holds: ({ batch }, plan) => groupBytes(batch, 2, plan),
  examples: ['arrow', 'arrow: { file: "{slide}.embeddings.arrow", batch: 4096 }'],
  load: () => import('./sink.js'),
  count: () => import('./count.js'),
})
