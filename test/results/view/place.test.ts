/** A place as an address and in words: the page's own script, which asks nothing of a browser. */

import path from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import fc from 'fast-check'
import { packageRoot } from '../../../src/core/package-root.js'

interface Place {
  readonly slide: string | null
  readonly x: number | null
  readonly y: number | null
  readonly zoom: number | null
  readonly scale: number | null
  readonly wrong: readonly string[]
}

interface Slide {
  readonly id: string
  readonly magnification: number | null
}

interface Module {
  placeIn(search: string): Place
  addressOf(slide: Slide, place: { x: number; y: number; scale: number }): string
  scaleOf(slide: Slide, asked: { zoom: number | null; scale: number | null }): number
  sayScale(slide: Slide, scale: number): string
  sayPoint(slide: { mpp: { x: number; y: number } | null }, point: { x: number; y: number }): string
}

const { addressOf, placeIn, sayPoint, sayScale, scaleOf } = (await import(
  pathToFileURL(path.join(packageRoot, 'src/results/view/static/place.js')).href
)) as Module

test('an address has the form that the report links with', (t) => {
  t.is(addressOf({ id: 'a', magnification: 40 }, { x: 100.4, y: 7, scale: 0.5 }), '/?slide=a&x=100&y=7&zoom=20')
  t.is(addressOf({ id: 'a', magnification: null }, { x: 100.4, y: 7, scale: 0.5 }), '/?slide=a&x=100&y=7&scale=0.5')
  t.deepEqual(placeIn('?slide=a&x=100&y=7&zoom=20'), { slide: 'a', x: 100, y: 7, zoom: 20, scale: null, wrong: [] })
})

test('any id and place come back from their address', (t) => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.integer({ min: -1e6, max: 1e6 }),
      fc.integer({ min: -1e6, max: 1e6 }),
      fc.double({ min: 1e-4, max: 4, noNaN: true }),
      fc.constantFrom(null, 5, 20, 40, 63),
      (id, x, y, scale, magnification) => {
        const slide = { id, magnification }
        const place = placeIn(new URL(addressOf(slide, { x, y, scale }), 'http://localhost:9000').search)
        t.deepEqual([place.slide, place.x, place.y, place.wrong], [id, x, y, []])
        t.true(Math.abs(scaleOf(slide, place) / scale - 1) <= 5e-4)
      },
    ),
  )
})

test('what is no number is said to be none, and never taken for 0', (t) => {
  for (const [search, wrong] of [
    ['?slide=a', []],
    ['?x=&y=2', ['x']],
    ['?x=1&y=Infinity', ['y']],
    ['?x=1px&y=%20', ['x', 'y']],
    ['?zoom=0', ['zoom']],
    ['?zoom=-20&scale=x', ['zoom', 'scale']],
  ] as const)
    t.deepEqual(placeIn(search).wrong, wrong, search)
  t.is(placeIn('?x=&y=').x, null)
  t.is(scaleOf({ id: 'a', magnification: null }, placeIn('?zoom=20')), 1)
})

test('magnification and coordinates in words', (t) => {
  t.is(sayScale({ id: 'a', magnification: 40 }, 0.25), '10×')
  t.is(sayScale({ id: 'a', magnification: null }, 0.25), '25 % of full size')
  t.is(sayPoint({ mpp: { x: 0.5, y: 0.25 } }, { x: 10.9, y: 20 }), 'x 10, y 20 px · 5.5, 5.0 µm')
  t.is(sayPoint({ mpp: null }, { x: 10.9, y: 20 }), 'x 10, y 20 px')
})
