/** Annotations of NDP.view, in nm from the middle of the glass. Areas and places are worked out by hand. */

import test from 'ava'
import { maskOf } from '../support/mask-of.js'

/** Of 500 nm a pixel; its middle lies 1 mm right of that of the glass, and 0.5 mm above it. */
const slide = { width: 6000, height: 3000, glass: { x: 3000 - 2000, y: 1500 + 1000, nm: { x: 500, y: 500 } } }

const view = (title: string, annotation: string) =>
  `<ndpviewstate id="1">${title}<details/><coordformat>nanometers</coordformat><lens>1.3</lens><x>10</x><y>-20</y><z>0</z>
  <showtitle>0</showtitle>${annotation}</ndpviewstate>`
/** A square that begins at a baseline pixel of the slide above. */
const square = (x: number, y: number, side: number) =>
  [
    [x, y],
    [x + side, y],
    [x + side, y + side],
    [x, y + side],
  ].map(([across, down]) => [(across! - slide.glass.x) * 500, (down! - slide.glass.y) * 500])
const outline = (points: readonly (readonly number[])[], { color = '#FF0000', closed = 1, name = 'AnnotateFreehand', special = '' } = {}) =>
  `<annotation type="freehand" displayname="${name}" color="${color}"><measuretype>0</measuretype><closed>${closed}</closed><pointlist>${points
    .map(([x, y]) => `<point>\r\n<x>${x}</x><y>${y}</y></point>`)
    .join('')}</pointlist>${special}</annotation>`
const all = (...views: string[]) =>
  `\uFEFF<?xml version="1.0" encoding="utf-8" standalone="yes"?><!-- a > b --><annotations>${views.join('\n')}</annotations>`

test('areas of NDP.view lie where they were drawn; their classes are titles, or colours', async (t) => {
  const circle = `<annotation type="circle" displayname="AnnotateCircle" color="#00ff00"><x>${(4000 - 1000) * 500}</x><y>${(1000 - 2500) * 500}</y><radius>150000</radius><measuretype>2</measuretype></annotation>`
  const xml = all(
    view('<title>Tumor &amp; more</title>', outline(square(1000, 500, 1000))),
    view(
      '<title><![CDATA[Vessel]]></title>',
      outline(square(1200, 700, 100), { name: 'AnnotateRectangle', special: '<specialtype>rectangle</specialtype>' }),
    ),
    view('<title/>', outline(square(2500, 500, 200), { color: '#0000FF' })),
    view('<title>Nest</title>', circle),
    view('<title>line</title>', outline(square(10, 10, 2000), { closed: 0, name: 'AnnotateFreehandLine' })),
    view(
      '<title>pin</title>',
      '<annotation type="pin" displayname="AnnotatePin" color="#ff0000"><x>13</x><y>-1</y><icon>pinred</icon></annotation>',
    ),
    view('<title>ruler</title>', '<annotation type="linearmeasure" color="#ff0000"><x1>1</x1><y1>2</y1><x2>3</x2><y2>4</y2></annotation>'),
  )
  const pixels = async (...classes: string[]) => (await maskOf(t, xml, slide, classes)).mask.share * 6000 * 3000
  const { mask, told } = await maskOf(t, xml, slide)
  const nest = await pixels('Nest')
  t.true(Math.abs(nest - Math.PI * 300 * 300) < 100, `${nest}`)
  t.is(Math.round(mask.share * 6000 * 3000), Math.round(1_000_000 + 40_000 + nest))
  t.regex(told, /3 of its shapes are points or lines.*of the classes Tumor & more, Vessel, #0000ff, Nest/)
  t.is(Math.round(await pixels('Tumor & more', '!Vessel')), 990_000)
  t.is(Math.round(await pixels('#0000FF')), 40_000)
  t.is(Math.round(await pixels('#ff0000')), 1_000_000)
  t.is(mask.coverage({ x: 1000, y: 500, width: 1000, height: 1000 }), 1)
  t.is(mask.coverage({ x: 2000, y: 500, width: 500, height: 500 }), 0)
  t.regex(
    (await maskOf(t, all(view('<title>a</title>', outline(square(9000, 0, 5)))), slide)).told,
    /wholly outside the slide; are they of another slide/,
  )
})
