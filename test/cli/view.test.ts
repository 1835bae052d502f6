/** Where the viewer can be found: at the port that a report's links mean, unless it is busy or another one is asked for. */

import test from 'ava'
import { viewerAt } from '../../src/cli/view.js'
import { openResults } from '../../src/results/open.js'
import { columnsOf, writeSlide } from '../results/outputs.js'
import { tempFolder } from '../support/temp.js'

test('a busy usual port is said and another one taken; a port that is asked for is that one or an error', async (t) => {
  const folder = await tempFolder(t)
  await writeSlide(folder, { id: 'a', classes: [], columns: columnsOf([], 'slide', false), rows: [] })
  const results = await openResults(folder)
  const first = await viewerAt(results, 0)
  t.teardown(() => first.viewer.close())
  t.is(first.note, undefined)
  const usual = first.viewer.port

  const second = await viewerAt(results, undefined, usual)
  t.teardown(() => second.viewer.close())
  t.not(second.viewer.port, usual)
  t.true(second.note!.includes(`port ${usual} is busy`) && second.note!.includes(`port ${second.viewer.port}`))
  t.is((await fetch(second.viewer.url)).status, 200)
  await t.throwsAsync(viewerAt(results, usual), { code: 'PORT_BUSY' })

  await second.viewer.close()
  const third = await viewerAt(results, undefined, second.viewer.port)
  t.teardown(() => third.viewer.close())
  t.deepEqual([third.viewer.port, third.note], [second.viewer.port, undefined])
})
