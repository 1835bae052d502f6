/** The report in real Chromium: no complaint, no network, sorted by click and by keyboard, a slide opened, light and dark. */

import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { openResults } from '../../src/results/open.js'
import { writeReport } from '../../src/results/report/write.js'
import { hostileId, hostileName, writeDemo } from '../../test/results/demo-output.js'
import { oddClasses, oddNames, writeOdd } from '../../test/results/odd-output.js'
import { tempFolder } from '../../test/support/temp.js'
import { chromiumTest, contrast, type Tab } from './chromium.js'

let made: Promise<string> | undefined

/** The page of the demo, made once: no test changes it. */
async function demoReport(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tiastream-report-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  await writeDemo(folder, { label: true })
  const file = path.join(folder, 'report.html')
  await writeReport(await openResults(folder), file)
  return file
}

async function openReport({ page }: Tab): Promise<void> {
  made ??= demoReport()
  await page.goto(pathToFileURL(await made).href)
}

const slides = (tab: Tab) =>
  tab.page
    .locator('tbody tr[data-slide]')
    .evaluateAll((rows) => rows.map((row) => (row as unknown as { dataset: { slide: string } }).dataset.slide))

chromiumTest('the report loads offline without a word on the console, and asks for nothing but itself', async (t, open) => {
  const tab = await open({ offline: true })
  await openReport(tab)
  await tab.page.locator('details.slide').evaluateAll((all) => {
    for (const one of all) (one as unknown as { open: boolean }).open = true
  })
  // Every picture is there, and a hostile name is nothing but a name.
  await tab.page.waitForFunction('Array.from(document.images).every((image) => image.complete)')
  const broken = await tab.page
    .locator('img')
    .evaluateAll((images) => images.filter((image) => (image as unknown as { naturalWidth: number }).naturalWidth === 0).length)
  t.is(broken, 0)
  t.deepEqual(tab.complaints, [])
  t.is(tab.requests.length, 1)
  t.not(await tab.page.title(), 'owned')
  t.true((await tab.page.locator('body').innerText()).includes(hostileName))
})

chromiumTest('the cohort is sorted by click, and by keyboard, and says so', async (t, open) => {
  const tab = await open()
  await openReport(tab)
  t.deepEqual(await slides(tab), ['a-empty', hostileId, 'demo'])
  const header = tab.page.locator('th', { has: tab.page.getByRole('button', { name: 'Patches', exact: true }) })
  await header.getByRole('button').click()
  t.is((await slides(tab))[0], 'demo')
  t.is(await header.getAttribute('aria-sort'), 'descending')
  await header.getByRole('button').focus()
  await tab.page.keyboard.press('Enter')
  t.is(await header.getAttribute('aria-sort'), 'ascending')
  t.is((await slides(tab)).at(-1), 'demo')
  await tab.page.getByRole('button', { name: 'Slide', exact: true }).focus()
  await tab.page.keyboard.press('Space')
  t.deepEqual(await slides(tab), ['a-empty', hostileId, 'demo'])
})

chromiumTest('a slide opens from the table by keyboard, its layer fades, and it can be found', async (t, open) => {
  const tab = await open()
  await openReport(tab)
  const section = tab.page.locator('details.slide', { hasText: 'demo' }).first()
  // The only slide with a picture: the page opens with it.
  t.true(await section.evaluate((one) => (one as unknown as { open: boolean }).open))
  await section.locator('summary').first().click()
  t.false(await section.evaluate((one) => (one as unknown as { open: boolean }).open))
  await tab.page.getByRole('link', { name: 'demo' }).focus()
  await tab.page.keyboard.press('Enter')
  await section.getByAltText('Predicted classes of demo').waitFor({ state: 'visible' })
  const layer = section.locator('.layer')
  t.is(await layer.evaluate((one) => (one as unknown as { style: { opacity: string } }).style.opacity), '')
  await section.getByLabel('Opacity').focus()
  await tab.page.keyboard.press('Home')
  t.is(await layer.evaluate((one) => (one as unknown as { style: { opacity: string } }).style.opacity), '0')
  await tab.page.getByLabel('Find').fill('EMPT')
  t.is(await tab.page.locator('tbody tr[data-slide]:visible').count(), 1)
})

chromiumTest('the legend shows the colour as the picture shows it, also when the slider is moved', async (t, open) => {
  const tab = await open()
  await openReport(tab)
  const chip = tab.page.locator('.legend .chip').first()
  const shown = () =>
    chip.evaluate((one) => {
      const { backgroundColor } = (globalThis as unknown as { getComputedStyle(e: object): { backgroundColor: string } }).getComputedStyle(
        one,
      )
      return (backgroundColor.match(/[\d.]+/g) ?? []).map(Number)
    })
  // The most frequent class is the first, #e41a1c; (1 - a) x white + a x colour, in shares of 255.
  const expected = (a: number) => [0xe4, 0x1a, 0x1c].map((v) => 1 - a + (a * v) / 255)
  const close = (seen: number[], a: number) => {
    for (const [i, v] of expected(a).entries()) t.true(Math.abs(v - seen[i]!) < 0.005, `${seen} at ${a}`)
  }
  close(await shown(), 0.5)
  await tab.page.getByLabel('Opacity').first().focus()
  await tab.page.keyboard.press('End')
  close(await shown(), 1)
})

chromiumTest('a patch enlarges by click and by keyboard, with its place, and Escape closes it', async (t, open) => {
  const tab = await open({ offline: true })
  await openReport(tab)
  const button = tab.page.locator('.wrong .enlarge').first()
  const dialog = tab.page.locator('dialog')
  const before = (await button.locator('img').boundingBox())!.width
  await button.click()
  await dialog.waitFor({ state: 'visible' })
  t.true((await dialog.locator('img').boundingBox())!.width > 4 * before)
  t.true((await dialog.locator('a').getAttribute('href'))!.startsWith('http://127.0.0.1:8000/?slide=demo&x='))
  await tab.page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  await button.focus()
  await tab.page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'visible' })
  await tab.page.keyboard.press('Escape')

  // A viewer at another port, through a tunnel or since its own was busy.
  const link = tab.page.locator('.wrong a').first()
  const ported = async (port: string) => {
    await tab.page.getByLabel('Its port').fill(port)
    return new URL((await link.getAttribute('href'))!)
  }
  const moved = await ported('9123')
  t.is(`${moved.host} ${moved.searchParams.get('slide')}`, '127.0.0.1:9123 demo')
  for (const wrong of ['', '0', '70000', '1.5']) t.is((await ported(wrong)).port, '9123', wrong)
  t.deepEqual(tab.complaints, [])
})

chromiumTest('names of slides and classes are names, whatever they look like', async (t, open) => {
  const tab = await open({ offline: true })
  const folder = await tempFolder(t)
  await writeOdd(folder)
  const file = path.join(folder, 'report.html')
  await writeReport(await openResults(folder), file)
  await tab.page.goto(pathToFileURL(file).href)
  const seen = await slides(tab)
  t.deepEqual(
    oddNames.filter((name) => !seen.includes(name)),
    [],
  )
  for (const name of oddNames) {
    await tab.page.locator('#find').fill(name)
    await tab.page.locator('tr[data-slide]:not([hidden])').getByRole('link', { name, exact: true }).click()
    const section = tab.page.locator('details.slide:target[open]')
    t.is(await section.locator('summary h3').innerText(), name)
    t.deepEqual(
      await section.locator('.legend th[scope="row"]').allInnerTexts(),
      oddClasses.map((one) => one.name),
    )
  }
  // On a phone, as on paper: what does not fit would be cut off.
  await tab.page.setViewportSize({ width: 360, height: 800 })
  t.true(await tab.page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
  t.deepEqual(tab.complaints, [])
})

for (const dark of [false, true]) {
  chromiumTest(`text is readable when the browser is ${dark ? 'dark' : 'light'}`, async (t, open) => {
    const tab = await open({ dark })
    await openReport(tab)
    const colors = await tab.page.evaluate(() => {
      const page = globalThis as unknown as {
        document: { querySelector(s: string): object }
        getComputedStyle(e: object): { color: string; backgroundColor: string; fill: string }
      }
      const of = (selector: string) => page.getComputedStyle(page.document.querySelector(selector))
      return {
        ground: of('body').backgroundColor,
        panel: of('.scroll').backgroundColor,
        text: of('body').color,
        soft: of('.quiet').color,
        plot: of('figure svg .role-axis-label text').fill,
        failed: of('.status.failed'),
        badge: of('.status.failed').backgroundColor,
        badgeText: of('.status.failed').color,
      }
    })
    t.is(luminanceIsLow(colors.ground), dark)
    for (const [ground, text] of [
      [colors.ground, colors.text],
      [colors.panel, colors.text],
      [colors.ground, colors.soft],
      [colors.ground, colors.plot],
      [colors.badge, colors.badgeText],
    ] as const) {
      t.true(contrast(ground, text) >= 4.5, `${text} on ${ground}: ${contrast(ground, text)}`)
    }
  })
}

const luminanceIsLow = (color: string) => contrast(color, 'rgb(255, 255, 255)') > 10
