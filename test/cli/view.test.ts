/** Where the viewer can be found: at the port that a report's links mean, unless it is busy or another one is asked for. */

import test from 'ava'
import { viewerAt } from '../../src/cli/view.js'
import { openResults } from '../../src/results/open.js'
import { columnsOf, writeSlide } from '../results/outputs.js'
import { freePorts } from '../support/free-ports.js'
import { tempFolder } from '../support/temp.js'

test('a busy usual port is said and another one taken; a port that is asked for is that one or an error', async (t) => {
  const folder = await tempFolder(t)
  await writeSlide(folder, { id: 'a', classes: [], columns: columnsOf([], 'slide', false), rows: [] })
  const results = await openResults(folder)
  // Ports of their own: one that the system gave may be somebody else's a moment after it was let go.
  const { usual, other } = await freePorts(['usual', 'other'])
  const first = await viewerAt(results, usual)
  t.teardown(() => first.viewer.close())
  t.deepEqual([first.viewer.port, first.note], [usual, undefined])

  const second = await viewerAt(results, undefined, usual)
  t.teardown(() => second.viewer.close())
  t.not(second.viewer.port, usual)
  t.true(second.note!.includes(`port ${usual} is busy`) && second.note!.includes(`port ${second.viewer.port}`))
  t.is((await fetch(second.viewer.url)).status, 200)
  await t.throwsAsync(viewerAt(results, usual), { code: 'PORT_BUSY' })

  const third = await viewerAt(results, undefined, other)
  t.teardown(() => third.viewer.close())
  t.deepEqual([third.viewer.port, third.note], [other, undefined])
})
