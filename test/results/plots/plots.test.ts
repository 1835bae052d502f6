/** Plots: SVG without outside help, numbers where they belong, and text that needs no font. */

import test from 'ava'
import { bars } from '../../../src/results/plots/bars.js'
import { heatMap, shortened } from '../../../src/results/plots/heat-map.js'
import { outlined } from '../../../src/results/plots/letters.js'
import { pngOf } from '../../../src/results/plots/png.js'
import { svgOf } from '../../../src/results/plots/vega.js'

const hostile = `</svg><script>alert(1)</script>&"'`
const names = ['a', hostile]
const matrix = {
  names,
  counts: [
    [3, 1],
    [0, 0],
  ],
  share: [
    [0.75, 0.25],
    [0, 0],
  ],
}

/** Text of the SVG in order, as a reader would see it. */
const textsOf = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text)

test('the heat map says every share in per cent, and both axes every class', async (t) => {
  const texts = textsOf(await svgOf(heatMap(matrix)))
  t.deepEqual(
    texts.filter((text) => text!.endsWith('%')),
    ['75%', '25%', '0%', '0%'],
  )
  t.is(texts.filter((text) => text === 'a').length, 2)
  t.true(texts.includes('Predicted') && texts.includes('Label'))
})

test('of many classes a plot says how many it does not show', async (t) => {
  const many = Array.from({ length: 41 }, (_, i) => `class ${i}`)
  const square = many.map((_, i) => many.map((_, k) => (i === k ? 1 : 0)))
  const cells = textsOf(await svgOf(heatMap({ names: many, counts: square, share: square })))
  t.true(cells.includes('Predicted (the first 40 of 41 classes)'))
  const lines = textsOf(
    await svgOf(
      bars(
        many.map((name, i) => ({ name, color: '#123456', count: i })),
        'Patches',
      ),
    ),
  )
  t.true(lines.includes('Patches (the 40 most frequent of 41 classes)'))
  t.true(lines.includes('class 40') && !lines.includes('class 0'))
})

test('a name of a class cannot break out of the plot', async (t) => {
  for (const spec of [heatMap(matrix), bars([{ name: hostile, color: '#ff0000', count: 3 }], 'Patches')]) {
    const svg = await svgOf(spec, 'page')
    t.notRegex(svg, /<script/)
    t.is(svg.match(/<\/svg>/g)?.length, 1)
  }
})

test('bars have the colours of their classes and say count and share', async (t) => {
  const svg = await svgOf(
    bars(
      [
        { name: 'x', color: '#12ab34', count: 1500 },
        { name: 'y', color: '#fe0199', count: 500 },
      ],
      'Patches',
    ),
  )
  t.regex(svg, /fill="#12ab34"/)
  t.regex(svg, /fill="#fe0199"/)
  const texts = textsOf(svg)
  t.true(texts.includes('1,500 (75 %)') && texts.includes('500 (25 %)'))
})

test('no bar at all is a plot, too', async (t) => {
  t.regex(await svgOf(bars([{ name: 'x', color: '#12ab34', count: 0 }], 'Patches')), /<svg/)
})

test('a PNG needs no font: its text is outlines', async (t) => {
  const svg = await svgOf(
    heatMap({
      names: ['Übergang β', 'Łódź'],
      counts: [
        [1, 0],
        [0, 1],
      ],
      share: [
        [1, 0],
        [0, 1],
      ],
    }),
  )
  const drawn = await outlined(svg)
  t.notRegex(drawn, /<text/)
  t.is(drawn.match(/<path transform="translate\(-?[\d.]+,0\)" d=/g)?.length ?? 0, textsOf(svg).length)
  const png = await pngOf(svg)
  t.deepEqual([...png.subarray(1, 4)], [...Buffer.from('PNG')])
  const [width, height] = [Number(/width="(\d+)/.exec(svg)![1]), Number(/height="(\d+)/.exec(svg)![1])]
  t.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [2 * width, 2 * height])
})

test('long names are cut, and stay different', (t) => {
  const long = 'x'.repeat(40)
  const cut = shortened([long, `${long}2`, 'short'])
  t.is(new Set(cut).size, 3)
  t.true(cut.every((name) => name.length <= 24))
})

test('a plot is the same whichever was drawn before it, or is drawn at the same time', async (t) => {
  const one = () => svgOf(heatMap(matrix))
  const other = () => svgOf(bars([{ name: 'a', color: '#e41a1c', count: 3 }], 'Patches'))
  const alone = await one()
  await other()
  t.is(await one(), alone)
  t.deepEqual(await Promise.all([other(), one(), other(), one()]), [await other(), alone, await other(), alone])
})
