/** The viewer in real Chromium: it loads, zooms, hides a class, and a click shows the row; keyboard and dark, with pictures to look at. */

import { rmSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import type { Page } from 'playwright-core'
import { decodePicture } from '../../src/codecs/sharp.js'
import { packageRoot } from '../../src/core/package-root.js'
import type { Row } from '../../src/core/row.js'
import { openResults } from '../../src/results/open.js'
import { startViewer } from '../../src/results/view/server.js'
import { writeDemo } from '../../test/results/demo-output.js'
import { oddClasses, oddNames, writeOdd } from '../../test/results/odd-output.js'
import { columnsOf, writeSlide } from '../../test/results/outputs.js'
import { tempFolder } from '../../test/support/temp.js'
import { chromiumTest, type Tab } from '../report/chromium.js'

/** Screenshots are kept here, for eyes: dist/screenshots. */
const kept = path.join(packageRoot, 'dist/screenshots')

let demo: Promise<string> | undefined

/** The folder of the demo's results, made once: a viewer only reads. */
async function demoFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-view-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  await writeDemo(folder)
  return folder
}

async function viewIn(t: ExecutionContext, tab: Tab, search = ''): Promise<void> {
  demo ??= demoFolder()
  const viewer = await startViewer(await openResults(await demo))
  t.teardown(() => viewer.close())
  await tab.page.goto(viewer.url + search)
  await tab.page.getByRole('button', { name: /^demo/ }).and(tab.page.locator('[aria-current="true"]')).waitFor()
  await settled(tab.page)
}

/** Runs in the page: whether nothing moves and nothing is on its way. */
const isStill = `() => {
  const { viewport, world } = OpenSeadragon.getViewer('viewer')
  const items = Array.from({ length: world.getItemCount() }, (_, i) => world.getItemAt(i))
  return (
    document.querySelector('main').getAttribute('aria-busy') === 'false' &&
    viewport.getZoom(true) === viewport.getZoom(false) &&
    viewport.getCenter(true).equals(viewport.getCenter(false)) &&
    items.every((item) => item.getFullyLoaded())
  )
}`

/** Until the page has been still for some frames: OpenSeadragon sees a change in the next one, and tells of it in the one after it. */
async function settled(page: Page): Promise<void> {
  await page.locator('main[aria-busy="false"]').waitFor()
  await page.evaluate(`(async (isStill) => {
    for (let frames = 0; frames < 5; frames = isStill() ? frames + 1 : 0) await new Promise(requestAnimationFrame)
  })(${isStill})`)
}

/** Mean colour of the middle of the stage, in a square of 40 pixels around a point given in shares of it. */
async function colorAt(page: Page, x: number, y: number): Promise<[number, number, number]> {
  const box = (await page.locator('#viewer').boundingBox())!
  const clip = { x: box.x + box.width * x - 20, y: box.y + box.height * y - 20, width: 40, height: 40 }
  const { data } = await decodePicture(await page.screenshot({ clip }), 'drop', 2 ** 20)
  const sum: [number, number, number] = [0, 0, 0]
  for (let i = 0; i < data.length; i++) sum[(i % 3) as 0 | 1 | 2] += data[i]! / (data.length / 3)
  return sum
}

const distance = (a: readonly number[], b: readonly number[]) => Math.hypot(...a.map((v, i) => v - b[i]!))

/** OpenSeadragon notes tiles that arrive after the threshold has moved on: they are dropped, as they should be. */
const isComplaint = (text: string) => !/^Ignoring tile .* loaded before reset/.test(text)

chromiumTest('the viewer loads, zooms, hides a class and shows the row of a click, without a complaint', async (t, open) => {
  const tab = await open()
  const { page } = tab
  await viewIn(t, tab)
  await mkdir(kept, { recursive: true })
  await page.screenshot({ path: path.join(kept, 'view-light.png') })
  t.true(tab.requests.some((url) => url.includes('/tile/')) && tab.requests.some((url) => url.includes('/predictions/')))

  // All to full opacity: what is seen is the class alone. Column 0 is tumour, red.
  await page.getByLabel('Opacity').fill('100')
  await settled(page)
  // The slide is 7168 x 5120, fitted into the stage: a point of it in shares of the stage.
  const place = async (x: number, y: number): Promise<[number, number]> => {
    const { width, height } = (await page.locator('#viewer').boundingBox())!
    const scale = Math.min(width / 7168, height / 5120)
    return [0.5 + ((x - 3584) * scale) / width, 0.5 + ((y - 2560) * scale) / height]
  }
  const first = await place(224, 224)
  t.true(distance(await colorAt(page, ...first), [0xe4, 0x1a, 0x1c]) < 40, String(await colorAt(page, ...first)))
  await page.getByRole('checkbox', { name: /tumour/ }).uncheck()
  await settled(page)
  t.true(distance(await colorAt(page, ...first), [0xe4, 0x1a, 0x1c]) > 100, 'the class is hidden')
  await page.getByRole('checkbox', { name: /tumour/ }).check()
  // Probability is 0.5 in the first row of patches.
  await page.getByRole('slider', { name: /Probability/ }).fill('55')
  await settled(page)
  t.true(distance(await colorAt(page, ...first), [0xe4, 0x1a, 0x1c]) > 100, 'the patch is below the threshold')
  await page.getByRole('slider', { name: /Probability/ }).fill('0')

  // The patch in column 2, row 3: number 26, fat.
  const { x, y, width, height } = (await page.locator('#viewer').boundingBox())!
  const [px, py] = await place(2.5 * 448, 3.5 * 448)
  await page.mouse.click(x + px * width, y + py * height)
  await page.getByRole('heading', { name: 'Patch 26: fat' }).waitFor()
  t.true((await page.locator('#patch').innerText()).includes('0.800'))
  await page.locator('#marked').waitFor()

  const before = tab.requests.length
  for (let i = 0; i < 4; i++) await page.getByRole('button', { name: 'Zoom in' }).click()
  await settled(page)
  t.true(
    tab.requests.slice(before).some((url) => /\/tile\/1[0-9]\//.test(url)),
    'finer tiles were asked for',
  )
  await page.screenshot({ path: path.join(kept, 'view-zoomed.png') })
  t.deepEqual(tab.complaints.filter(isComplaint), [])
  const origin = new URL(page.url()).origin
  t.true(tab.requests.every((url) => url.startsWith(origin)))
})

chromiumTest('the viewer works by keyboard, in the dark', async (t, open) => {
  const tab = await open({ dark: true })
  const { page } = tab
  await viewIn(t, tab)
  await page.getByRole('application', { name: /Slide/ }).focus()
  // The middle of the slide (3584, 2560) is the corner of column 8, beside the last patch; some steps to the left and up lies one.
  for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'ArrowUp', 'ArrowUp', 'ArrowUp']) {
    await page.keyboard.press(key)
    await settled(page)
  }
  await page.keyboard.press('Enter')
  await page.locator('#patch h2', { hasText: /Patch \d+/ }).waitFor()
  await page.locator('#slides button').first().focus()
  await page.keyboard.press('Enter')
  await page.locator('#slides button[aria-current="true"]', { hasText: 'a-empty' }).waitFor()
  await page.locator('#absent', { hasText: '3 of 3 classes are given to no patch.' }).waitFor()
  t.is(await page.locator('#classes li').count(), 0)
  await mkdir(kept, { recursive: true })
  await page.screenshot({ path: path.join(kept, 'view-dark.png') })
  t.deepEqual(tab.complaints.filter(isComplaint), [])
})

chromiumTest('one class is a heat map, h hides the layer, and the legend is what is seen', async (t, open) => {
  const tab = await open()
  const { page } = tab
  await viewIn(t, tab)
  // Opacity 50 % of tumour, #e41a1c, over white: (255 + 228) / 2, (255 + 26) / 2, (255 + 28) / 2.
  const chip = page.locator('#classes .chip').first()
  const { data, width, height } = await decodePicture(await chip.screenshot(), 'drop', 2 ** 20)
  const at = (Math.floor(height / 2) * width + Math.floor(width / 2)) * 3
  const color = [...data.subarray(at, at + 3)]
  t.true(distance(color, [241.5, 140.5, 141.5]) < 2, String(color))
  // 18 of 47 patches with an answer, each 448 px of 0.5 µm.
  t.regex(await page.locator('#classes li').first().innerText(), /38\.3 % · 18 · 0\.903 mm²/)

  await page.getByLabel('Opacity').fill('100')
  await page.getByLabel('Colours').selectOption({ label: 'Probability of tumour' })
  await settled(page)
  const middle = async (column: number, row: number) => {
    const stage = (await page.locator('#viewer').boundingBox())!
    const scale = Math.min(stage.width / 7168, stage.height / 5120)
    const [x, y] = [(column + 0.5) * 448, (row + 0.5) * 448]
    return colorAt(page, 0.5 + ((x - 3584) * scale) / stage.width, 0.5 + ((y - 2560) * scale) / stage.height)
  }
  // matplotlib's viridis at 0.5 and 0.25.
  t.true(distance(await middle(0, 0), [33, 145, 140]) < 20, String(await middle(0, 0)))
  t.true(distance(await middle(1, 0), [59, 82, 139]) < 20, String(await middle(1, 0)))
  t.true(await page.locator('#heat-legend').isVisible())
  t.false(await page.locator('#class-legend').isVisible())
  await mkdir(kept, { recursive: true })
  await page.screenshot({ path: path.join(kept, 'view-heat.png') })

  await page.getByRole('application', { name: /Slide/ }).focus()
  await page.keyboard.press('h')
  await settled(page)
  t.false(await page.getByRole('checkbox', { name: /Show/ }).isChecked())
  t.true(distance(await middle(0, 0), [33, 145, 140]) > 60, 'the layer is hidden')
  await page.keyboard.press('h')
  await settled(page)
  t.true(distance(await middle(0, 0), [33, 145, 140]) < 20, 'the layer is back')
  await page.getByRole('searchbox').fill('h')
  t.true(await page.getByRole('checkbox', { name: /Show/ }).isChecked(), 'typing is no key')
  t.deepEqual(tab.complaints.filter(isComplaint), [])
})

chromiumTest('an address opens a place, the page says where the pointer is, and its address follows', async (t, open) => {
  const tab = await open()
  const { page } = tab
  await viewIn(t, tab, '?slide=demo&x=1500&y=1200&zoom=20')
  t.is(await page.locator('#magnification').innerText(), '20×')
  t.is(new URL(page.url()).search, '?slide=demo&x=1500&y=1200&zoom=20')
  const box = (await page.locator('#viewer').boundingBox())!
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  // 20 of 40: two pixels of the slide for one of the screen; 0.5 µm each.
  await page.mouse.move(x + 50, y + 30)
  await page.locator('#pointer', { hasText: 'px' }).waitFor()
  const said = /^x (\d+), y (\d+) px · ([\d.]+), ([\d.]+) µm$/.exec(await page.locator('#pointer').innerText())
  t.truthy(said)
  const [px, py, ux, uy] = said!.slice(1).map(Number) as [number, number, number, number]
  t.true(Math.abs(px - 1600) <= 3 && Math.abs(py - 1260) <= 3, said![0])
  t.true(Math.abs(ux - px * 0.5) <= 0.6 && Math.abs(uy - py * 0.5) <= 0.6, said![0])
  await page.mouse.move(5, 5)
  await page.locator('#pointer:empty').waitFor({ state: 'attached' })

  await page.getByRole('button', { name: 'Zoom in' }).click()
  await settled(page)
  t.is(new URL(page.url()).search, '?slide=demo&x=1500&y=1200&zoom=32')
  await page.reload()
  await settled(page)
  t.is(await page.locator('#magnification').innerText(), '32×')
  t.deepEqual(tab.complaints.filter(isComplaint), [])

  const other = `${new URL(page.url()).origin}/?slide=${encodeURIComponent('<b>nobody')}`
  await page.goto(other)
  await settled(page)
  t.is(await page.locator('#message').innerText(), 'This run has no slide <b>nobody.')
})

chromiumTest('a patch with features is not one without an answer', async (t, open) => {
  const tab = await open()
  const { page } = tab
  const folder = await tempFolder(t)
  const rows = ['ok', 'unanswered'].map(
    (status, index): Row => ({
      ...{ slide: 'f', index, x0: 0, y0: 0, x1: 9, y1: 9, base_x: index * 50, base_y: 0, base_w: 50, base_h: 100, tissue: 1 },
      ...{ status, prediction: null, class: null },
    }),
  )
  await writeSlide(folder, {
    ...{ id: 'f', classes: [], columns: columnsOf([], 'slide', false), rows },
    about: { kind: 'slide', width: 100, height: 100 },
    outputs: [{ name: 'out', kind: 'features', classes: [], width: 64 }],
  })
  const viewer = await startViewer(await openResults(folder))
  t.teardown(() => viewer.close())
  for (const [x, title] of [
    [25, 'Patch 0: features'],
    [75, 'Patch 1: no answer'],
  ] as const) {
    await page.goto(`${viewer.url}?slide=f&x=${x}&y=50`)
    await settled(page)
    await page.getByRole('application', { name: /Slide/ }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: title }).waitFor()
  }
  t.false(await page.locator('#heat-choice').isVisible())
  t.deepEqual(tab.complaints.filter(isComplaint), [])
})

chromiumTest(
  'odd names are found and shown as they are, and the last line of many classes stands for all that it sums up',
  async (t, open) => {
    const tab = await open()
    const { page } = tab
    const folder = await tempFolder(t)
    await writeOdd(folder)
    const viewer = await startViewer(await openResults(folder))
    t.teardown(() => viewer.close())
    for (const name of oddNames) {
      await page.goto(`${viewer.url}?${new URLSearchParams({ slide: name, x: '50', y: '50' })}`)
      await settled(page)
      t.is(await page.locator('#slides button[aria-current="true"]').getAttribute('data-id'), name)
      t.deepEqual(
        await page.locator('#classes label > span:last-of-type').allInnerTexts(),
        oddClasses.map((one) => one.name),
      )
      t.is(new URL(page.url()).searchParams.get('slide'), name, 'the address of the place')
    }
    const opened = async (id: string) => {
      await page.goto(`${viewer.url}?slide=${id}`)
      await settled(page)
      return page.locator('#classes li')
    }
    t.is(await (await opened('silent')).count(), 1)
    t.regex(await page.locator('#classes li').first().innerText(), /no answer\s+3 · 0\.03 mm²/)
    // 183,000 px: the rarest of 60 classes lie at the right end.
    t.is(await (await opened('many')).count(), 40)
    const asked = page.waitForRequest((request) => new URL(request.url()).searchParams.get('hide') === 'rest')
    await page.getByRole('checkbox', { name: /and 21 others/ }).uncheck()
    await asked
    await page.screenshot({ path: path.join(kept, 'view-many.png') })
    t.deepEqual(tab.complaints.filter(isComplaint), [])
  },
)
