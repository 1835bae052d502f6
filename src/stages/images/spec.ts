/** `images`: the ready-cut patches of a set. The planner puts it in for `patches:`; nobody writes it. */

import { defineStage } from '../../core/stage.js'

export default defineStage({
  name: 'images',
  from: 'slide',
  to: 'patch',
  placement: 'address',
  summary: 'Take each picture of a set as one patch.',
  options: {},
  problems: (_, { kind }) => (kind === 'set' ? [] : ['only a set of ready-cut patches has pictures to take']),
  columns: () => [{ name: 'file', type: 'string', about: 'Path of the picture in its set, the same wherever the set lies.' }],
  holds: () => 0,
  examples: ['images'],
})
