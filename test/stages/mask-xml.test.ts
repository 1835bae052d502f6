/** Annotations in XML: ASAP, ImageScope, HALO. What is drawn is compared with areas that can be worked out by hand. */

import test, { type ExecutionContext } from 'ava'
import { maskOf } from '../support/mask-of.js'

const slide = { width: 6000, height: 3000 }

/** Pixels of the slide that are tissue. */
async function area(t: ExecutionContext, xml: string, ...classes: string[]) {
  const { mask, told } = await maskOf(t, xml, slide, classes.length === 0 ? undefined : classes)
  return { pixels: Math.round(mask.share * slide.width * slide.height), told }
}

const square = (x: number, y: number, side: number) => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
]

const asap = (...annotations: readonly string[]) =>
  `\uFEFF<?xml version="1.0"?>\n<ASAP_Annotations>\n<!-- <Annotation> --><Annotations>${annotations.join('\n')}</Annotations>
  <AnnotationGroups><Group Name="Tumor" PartOfGroup="None" Color="#64FE2E"><Attributes/></Group></AnnotationGroups></ASAP_Annotations>`
const asapShape = (type: string, group: string, points: readonly (readonly number[])[]) =>
  `<Annotation Name="Annotation &quot;0&quot;" Type="${type}" PartOfGroup="${group}" Color="#F4FA58"><Coordinates>${points
    .map(([x, y], i) => `<Coordinate Order="${i}" X="${x}" Y='${y}' />`)
    .join('')}</Coordinates></Annotation>`

test('groups of ASAP are classes, and what is excluded is cut out', async (t) => {
  const xml = asap(
    asapShape('Polygon', 'Tumor', square(1000, 1000, 1000)),
    asapShape('Spline', 'Tumor', square(1500, 1500, 1000)),
    asapShape('Polygon', '_2', square(1100, 1100, 200)),
    asapShape('Rectangle', 'None', square(4000, 1000, 500)),
    asapShape('Dot', 'Tumor', [[10, 10]]),
    '<Annotation Name="empty" Type="Polygon" PartOfGroup="Tumor"/>',
  )
  t.is((await area(t, xml)).pixels, 1_750_000 + 250_000)
  t.regex(
    (await area(t, xml)).told,
    /1 of its shapes are points or lines.*of the classes Tumor, _2, Annotation "0": all of them are tissue/,
  )
  t.is((await area(t, xml, 'Tumor')).pixels, 1_750_000)
  // As a part of it that somebody cut out.
  t.is((await area(t, xml.replaceAll('ASAP_Annotations', 'Annotations'), 'Tumor')).pixels, 1_750_000)
  t.is((await area(t, xml, 'Tumor', '!_2')).pixels, 1_710_000)
  t.is((await area(t, xml, 'Annotation "0"')).pixels, 250_000)
  t.regex((await area(t, xml, 'tumour')).told, /none of its polygons is of tumour: they are of Tumor, _2, Annotation "0"/)
})

test('what an outline goes round twice is inside, as in the masks of ASAP', async (t) => {
  // Once around a square of 1000, and again around the quarter at its corner; and an eight of two triangles.
  const twice = [...square(1000, 1000, 1000), [1000, 1000], [1500, 1000], [1500, 1500], [1000, 1500]]
  const eight = [
    [3000, 1000],
    [4000, 2000],
    [4000, 1000],
    [3000, 2000],
  ]
  t.is((await area(t, asap(asapShape('Polygon', 'Tumor', twice)))).pixels, 1_000_000)
  const { pixels } = await area(t, asap(asapShape('Polygon', 'Tumor', eight)))
  t.true(Math.abs(pixels - 500_000) <= 1000, `${pixels}`)
  // ASAP lays points by their Order; the last two exchanged it is a square. Numbers that are there twice are no order.
  const numbered = (...orders: readonly number[]) =>
    asap(asapShape('Polygon', 'Tumor', eight)).replace(/Order="(\d)"/g, (_, i) => `Order="${orders[Number(i)]}"`)
  t.is((await area(t, numbered(0, 2, 1, 3))).pixels, 1_000_000)
  t.is((await area(t, numbered(7, 7, 7, 7))).pixels, pixels)
})

test('a layer or shape without a name is a class by its colour, and one with a name where its colour is asked for', async (t) => {
  const layer = (name: string, colour: number, x: number, side: number) =>
    `<Annotation Name="${name}" LineColor="${colour}"><Regions>${region('0', square(x, 1000, side))}</Regions></Annotation>`
  // Red is the lowest byte.
  const xml = `<Annotations>${layer('', 0x00_00_ff, 100, 100)}${layer('', 0x00_ff_ff, 300, 200)}${layer('Edge', 0xff_00_00, 600, 300)}</Annotations>`
  const pixels = async (text: string, ...classes: string[]) => (await area(t, text, ...classes)).pixels
  t.deepEqual(
    [await pixels(xml, '#FF0000'), await pixels(xml, '#ffff00'), await pixels(xml, '#0000ff'), await pixels(xml, 'Edge', '#ff0000')],
    [10_000, 40_000, 90_000, 100_000],
  )
  t.is(await pixels(asap(asapShape('Polygon', 'None', square(0, 0, 100))).replace(/Color="[^"]*"/, 'Color="#F4FA58"'), '#f4fa58'), 10_000)
})

const layers = (vertex: string, ...all: readonly (readonly [name: string, ...regions: string[]])[]) =>
  `<Annotations MicronsPerPixel="0.25">${all
    .map(
      ([name, ...regions]) =>
        `<Annotation Id="1" Name="${name}" LineColor="65280"><Attributes><Attribute Name="Description" Value=""/></Attributes><Regions><RegionAttributeHeaders/>${regions.join('')}</Regions></Annotation>`,
    )
    .join('')}</Annotations>`.replaceAll('Vertex ', `${vertex} `)
const region = (type: string, points: readonly (readonly number[])[], negative = 0, text = '') =>
  `<Region Id="1" Type="${type}" Text="${text}" NegativeROA="${negative}"><Attributes/><Vertices>${points
    .map(([x, y]) => `<Vertex X="${x}" Y="${y}" Z="0"/>`)
    .join('')}</Vertices></Region>`

for (const [program, vertex, polygon, rectangle, ellipse, ruler] of [
  ['ImageScope', 'Vertex', '0', '1', '2', '4'],
  ['HALO', 'V', 'Polygon', 'Rectangle', 'Ellipse', 'Ruler'],
] as const) {
  test(`layers of ${program} are classes, negative regions are holes, an ellipse lies between its corners`, async (t) => {
    const corners = (x: number, y: number, width: number, height: number) => [
      [x, y],
      [x + width, y + height],
    ]
    const xml = layers(
      vertex,
      ['Tumor', region(polygon, square(1000, 1000, 1000)), region(polygon, square(1900, 1900, 200), 1), region(ruler, corners(0, 0, 9, 9))],
      ['Stroma', region(rectangle, corners(3000, 500, 400, 200)), region(ellipse, corners(4000, 1000, 1000, 600))],
      ['', region(rectangle, square(3000, 2000, 100), 0, 'Vessel')],
    )
    t.is((await area(t, xml, 'Tumor')).pixels, 990_000)
    const { pixels } = await area(t, xml, 'Stroma')
    t.true(Math.abs(pixels - 80_000 - Math.PI * 500 * 300) < 200, `${pixels}`)
    t.is((await area(t, xml, 'Vessel')).pixels, 10_000)
    t.is((await area(t, xml)).pixels, 990_000 + pixels + 10_000)
    t.is((await area(t, xml, '!Tumor')).pixels, pixels + 10_000)
  })
}
