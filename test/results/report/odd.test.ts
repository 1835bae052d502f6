/** The page of odd slides: every name as it is, every patch counted, nothing hidden without a word. */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { openResults } from '../../../src/results/open.js'
import { escaped } from '../../../src/results/report/html.js'
import { writeReport } from '../../../src/results/report/write.js'
import { tempFolder } from '../../support/temp.js'
import { oddClasses, oddNames, writeOdd } from '../odd-output.js'

async function oddPage(t: ExecutionContext): Promise<string> {
  const folder = await tempFolder(t)
  await writeOdd(folder)
  const file = path.join(folder, 'r.html')
  await writeReport(await openResults(folder), file)
  return readFile(file, 'utf8')
}

test('the page of odd slides', async (t) => {
  const text = await oddPage(t)
  const sectionOf = (id: string) => {
    const start = text.lastIndexOf('<details class="slide"', text.indexOf(`<h3>${escaped(id)}</h3>`))
    return text.slice(start, text.indexOf('<details class="slide"', start + 1))
  }
  // Lines of a legend: name, share, patches.
  const legendOf = (id: string) =>
    [
      ...sectionOf(id).matchAll(
        /<tr><th scope="row"><span class="chip[^>]*><\/span>([^<]*)<\/th><td class="number">([^<]*)<\/td><td class="number">([^<]*)</g,
      ),
    ].map(([, name, share, patches]) => [name, share, patches])

  for (const name of oddNames) {
    t.is(text.split(`<tr data-slide="${escaped(name)}">`).length, 2, name)
    const links = [...sectionOf(name).matchAll(/href="(http:[^"]*)"/g)].map(([, href]) => new URL(href!.replaceAll('&amp;', '&')))
    t.true(links.length > 0)
    for (const link of links) t.is(link.searchParams.get('slide'), name)
    t.deepEqual(
      legendOf(name),
      oddClasses.map((one) => [escaped(one.name), '14.3 %', '1']),
    )
  }
  // No name became an element, and no replacement pattern was taken for one.
  t.notRegex(text, /<b>bold/)

  t.deepEqual(legendOf('silent'), [['no answer', '–', '3']])
  t.true(sectionOf('silent').includes('None of the 3 patches has an answer: 3 could not be read.'))
  t.deepEqual(legendOf('one'), [
    [escaped(oddClasses[0]!.name), '33.3 %', '1'],
    ['no class', '66.7 %', '2'],
    ['no answer', '–', '1'],
  ])
  t.deepEqual(legendOf('named only'), [[escaped(oddClasses[1]!.name), '100 %', '2']])

  // 60 + 59 + … + 1 = 1830 patches; 39 classes have their line, the others have 21 + 20 + … + 1 = 231.
  const lines = legendOf('many')
  t.is(lines.length, 40)
  t.deepEqual(lines[0], ['class 0', '3.3 %', '60'])
  t.deepEqual(lines.at(-1), ['and 21 others', '12.6 %', '231'])
  t.true(sectionOf('many').includes('and 48 rarer classes'))

  // How links are opened is said once.
  t.is(text.split('<code>tiastream view FOLDER</code>').length, 2)
  t.true(text.includes('id="viewer-port"') && text.includes('value="8000"'))
})
