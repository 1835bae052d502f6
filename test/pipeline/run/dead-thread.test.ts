/** What is said of a thread that ended: whose code it had loaded, if not ours alone. */

import test from 'ava'
import type { TiastreamError } from '../../../src/core/errors.js'
import { LaneDied } from '../../../src/flow/lane-died.js'
import { deadBefore, deadOn } from '../../../src/pipeline/run/dead-thread.js'

const plugins = ['nuclei', 'lab'].map((name) => ({ name, version: '1', module: `file:///${name}.mjs`, sha256: '' }))
const died = (job: LaneDied['job']) => new LaneDied(1, 'its thread ended', job)
const nowhere = new LaneDied(1, new Error('ENOENT: no such file or directory, uv_cwd'), 'hopeless')

for (const [what, told, code, hint] of [
  ['a slide', deadOn('a', died('at work'), []), 'LANE_DIED', /report it with the slide/],
  ['a slide of a plugin', deadOn('a', died('at work'), plugins), 'LANE_DIED', /loaded the plugins nuclei and lab, .* look there first/],
  ['a thread that never starts', deadOn('a', died('hopeless'), []), 'BUG_IN_RUN', /./],
  ['one with a plugin', deadOn('a', died('hopeless'), plugins.slice(1)), 'LANE_DIED', /loaded the plugin lab, /],
  ['where the folder is gone', deadOn('a', nowhere, []), 'USAGE', /process\.chdir/],
  ['where the folder is gone, before a model', deadBefore(nowhere, []), 'USAGE', /process\.chdir/],
  ['a model', deadBefore(died('at work'), []), 'MODEL_REFUSED', /^a model takes memory/],
  [
    'a model beside a plugin',
    deadBefore(died('at work'), plugins.slice(1)),
    'MODEL_REFUSED',
    /loads the plugin lab, .* a model takes memory/,
  ],
] as const)
  test(`a thread that ended: ${what}`, (t) => {
    t.is((told as TiastreamError).code, code)
    t.regex((told as TiastreamError).hint ?? 'none', hint)
  })
