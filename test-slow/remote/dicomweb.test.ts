/**
 * Slides on Orthanc (1.10.1 and its DICOMweb plugin 1.7, as Debian 12 has them): 0 pixels differ from what pydicom, wsidicom and the folder of the files
 * give, and a run over a series gives the rows of the folder.
 */

import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { el } from '../../fixtures/dicom-file.js'
import { dicomSlideFiles, type SlideFile, slideFile } from '../../fixtures/dicom-slide.js'
import { readPlan } from '../../src/pipeline/check/read-plan.js'
import { runPipeline } from '../../src/pipeline/run/run.js'
import { openSlide } from '../../src/readers/open.js'
import { foundBy } from '../../src/sources/common/found.js'
import { openAt, readLevel, same } from '../../test/readers/open-buffer.js'
import { sharedPath } from '../../test/shared-data.js'
import { tempFolder } from '../../test/support/temp.js'
import { ask, peerPython } from '../peers.js'
import { noOrthanc, type Orthanc, startOrthanc } from './orthanc.js'

interface Picture {
  readonly width: number
  readonly height: number
  readonly pixels: string
}

interface Said {
  readonly pydicom: readonly Picture[]
  readonly wsidicom: { readonly levels: readonly Picture[] } | { readonly error: string }
}

interface Case {
  readonly name: string
  readonly folder: string
  /** wsidicom wants elements that a slide is not made of, or goes by the header where the bytes say otherwise. */
  readonly wsidicom: boolean
  /** It takes seconds to open each of many levels. */
  readonly pictures: readonly string[]
}

const cases: Case[] = [
  { name: 'a pyramid of twelve levels', folder: sharedPath('wsi/dicom/cmu-1-pyramid'), wsidicom: false, pictures: [] },
  {
    name: 'JPEG with label, macro and thumbnail',
    folder: sharedPath('wsi/made/dicom/pass-bot'),
    wsidicom: true,
    pictures: ['label', 'macro', 'thumbnail'],
  },
  { name: 'a concatenation', folder: sharedPath('wsi/made/dicom/concat'), wsidicom: true, pictures: [] },
  { name: 'sparse, JPEG', folder: sharedPath('wsi/made/dicom/sparse'), wsidicom: true, pictures: [] },
].filter(({ name, folder }) => {
  if (!existsSync(folder)) console.warn(`SKIPPED (absent: ${path.basename(folder)}): ${name} on Orthanc`)
  return existsSync(folder)
})

/** The made slide, as a server takes it: with a patient and a study. */
const taken = (file: SlideFile): SlideFile => ({
  ...file,
  changes: { ...file.changes, 1048608: el(0x0010_0020, 'LO', 'nobody'), 2097165: el(0x0020_000d, 'UI', '1.2.3') },
})

let orthanc: Orthanc | undefined
let folder = ''
let said: readonly Said[] = []
const series: string[] = []

const inFolder = async (where: string) => (await readdir(where)).map((name) => path.join(where, name))

if (noOrthanc === undefined) {
  test.before('it starts, and is given the slides one by one', async (t) => {
    t.timeout(600_000)
    folder = await mkdtemp(path.join(tmpdir(), 'tiastream-dicomweb-'))
    const made = path.join(folder, 'made')
    await mkdir(made)
    for (const { name, file } of dicomSlideFiles()) await writeFile(path.join(made, `${name}.dcm`), slideFile(taken(file)))
    cases.unshift({ name: 'RLE, implicit sparse, planes: the made slide', folder: made, wsidicom: false, pictures: ['label'] })
    const python = await peerPython()
    const answer = await ask(python, 'test-slow/readers/read_dicom.py', [folder, ...cases.map((one) => one.folder)])
    said = (answer as { readonly slides: readonly Said[] }).slides
    orthanc = await startOrthanc()
  })
  test.after.always('it stops', async () => {
    await orthanc?.stop()
    if (folder !== '') await rm(folder, { recursive: true, force: true })
  })
}

const orthancTest =
  noOrthanc === undefined ? test.serial : (title: string, _: unknown) => test.skip(`${noOrthanc}: ${title}`, () => undefined)
if (noOrthanc !== undefined) console.warn(noOrthanc)

orthancTest('every series is the slide of its folder, of pydicom and of wsidicom, to the pixel', async (t: ExecutionContext) => {
  t.timeout(600_000)
  const { service, put } = orthanc!
  for (const [i, { name, folder: files, wsidicom, pictures }] of cases.entries()) {
    // Of two that share their numbers the server would make one.
    const server = await startOrthanc()
    try {
      await server.put(await inFolder(files))
      const [uri, ...others] = await foundBy([server.service], '.')
      t.deepEqual(others, [], name)
      await compared(t, name, uri!, files, said[i]!, wsidicom, pictures)
    } finally {
      await server.stop()
    }
    if (i < 3) await put(await inFolder(files))
  }
  series.push(...(await foundBy([service], '.')))
  t.is(series.length, Math.min(3, cases.length), 'all series of a server, found by its address')
})

async function compared(
  t: ExecutionContext,
  name: string,
  uri: string,
  files: string,
  other: Said,
  wsidicom: boolean,
  pictures: readonly string[],
) {
  const [remote, local] = [await openAt(t, uri), await openAt(t, files)]
  const { uri: _, warnings, ...facts } = remote.info
  const { uri: __, warnings: told, ...wanted } = local.info
  t.deepEqual(facts, wanted, name)
  // What is said of a level is said wherever its files lie; what is said of a file is not.
  const ofLevels = told.filter((warning) => warning.startsWith('level '))
  t.deepEqual(warnings, ofLevels, name)
  const readers: [string, readonly Picture[]][] = [['pydicom', other.pydicom]]
  if (wsidicom) readers.push(['wsidicom', 'levels' in other.wsidicom ? other.wsidicom.levels : []])
  for (const level of remote.info.levels.keys()) {
    const got = await readLevel(remote, level)
    same(t, got, await readLevel(local, level), `${name}: level ${level}, the folder`)
    for (const [who, levels] of readers) same(t, got, await readFile(levels[level]!.pixels), `${name}: level ${level}, ${who}`)
  }
  for (const picture of pictures)
    same(t, (await remote.associated(picture)).data, (await local.associated(picture)).data, `${name}: ${picture}`)
}

/** The rows of a run, as text. */
async function rowsOf(t: ExecutionContext, uri: string, decode: string): Promise<string> {
  const where = await tempFolder(t)
  await writeFile(path.join(where, 'l.csv'), `id,uri\na,${uri}\n`)
  await writeFile(
    path.join(where, 'p.yml'),
    `output: ./out\nslides: { list: l.csv }\nstages: [{ grid: { at: 1 mpp, size: 224 px } }, mask, { extract: { decode: ${decode} } }, batch, { infer: { model: stain } }, merge]\nsinks: [csv]\nruntime: { lanes: 1 }\n`,
  )
  const { slides } = await runPipeline(await readPlan(path.join(where, 'p.yml')))
  t.is(slides.failed, 0)
  return readFile(path.join(where, 'out/a.csv'), 'utf8')
}

orthancTest('a run over a series gives the rows of the folder', async (t: ExecutionContext) => {
  t.timeout(600_000)
  const slide = cases.find(({ folder: one }) => one.endsWith('pass-bot'))
  if (slide === undefined) return t.pass()
  const [study] = series.filter((uri) => uri.includes('79824486383377042312753858354581957525'))
  for (const decode of ['exact', 'fast']) {
    const rows = await rowsOf(t, slide.folder, decode)
    t.true(rows.split('\n').length > 10)
    t.is(await rowsOf(t, study!, decode), rows, decode)
  }
})

orthancTest('another password is refused, and told without it', async (t: ExecutionContext) => {
  const error = await t.throwsAsync(openSlide(series[0]!.replace('password', 'guess7')), { code: 'SLIDE_FORBIDDEN' })
  t.notRegex(error.message, /guess7/)
})
