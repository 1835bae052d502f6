/** A file that is not there: what its folder tells of it. */

import { mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { openSlide } from '../../../src/readers/open.js'
import { folderOf, refTo } from '../../readers/open-buffer.js'

test('a name that only looks alike, a link that leads nowhere and a folder that is not there are told', async (t) => {
  const folder = await folderOf(t)
  await mkdir(path.join(folder, 'in'))
  for (const name of ['M\u0075\u0308ller.svs', 'case.svs', 'short.tif', 'a  b.svs', 'my%20slide.svs', 'T-1.2.svs', 'T-1.2.svs.gz'])
    await writeFile(path.join(folder, 'in', name), 'x')
  await symlink('../annex/objects/x.svs', path.join(folder, 'in', 'annexed.svs'))
  for (const [name, hint] of [
    [
      'in/M\u00fcller.svs',
      /lies there, which is spelled otherwise \(its accents are letters of their own: Unicode NFC and NFD\): name that$/,
    ],
    ['in/\u0022case.svs\u0022', /^"case.svs" lies there, which is spelled otherwise: name that$/],
    ['in/short.tiff', /^"short.tif" lies there/],
    ['in/a b.svs ', /^"a {2}b.svs" lies there/],
    ['in/annexed.svs', /^it is a link to \.\.\/annex\/objects\/x\.svs, where nothing lies: fetch or mount that/],
    ['gone/too/x.svs', /^the folder .*gone does not exist$/],
    ['in/my slide.svs', /^"my%20slide.svs" lies there/],
    ['in/T-1.2', /^"T-1\.2\.svs(?:\.gz)?" lies there, and 1 more that begin so: is it that\?$/],
    ['in/other.svs', undefined],
  ] as const) {
    const error = await t.throwsAsync(openSlide(refTo(path.join(folder, name))), { code: 'SLIDE_MISSING' })
    const told = (error as { hint?: string }).hint
    if (hint === undefined) t.is(told, undefined)
    else t.regex(told ?? '', hint)
  }
})
