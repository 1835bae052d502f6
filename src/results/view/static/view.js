/** The page of the viewer: which slide, which choice, which patch. */

import { Layers } from './layers.js'
import { hiddenClasses, showClasses, showHeatLegend, showHeats } from './legend.js'
import { byId, markCurrent, showAbout, showPatch, showSlides } from './panel.js'
import { addressOf, placeIn, sayPoint, sayScale, scaleOf } from './place.js'

const layers = new Layers(byId('viewer'))
let slide = null

const say = (message) => {
  byId('message').textContent = message
}

async function get(path) {
  const response = await fetch(path)
  const body = await response.json().catch(() => ({ message: `the viewer answered ${response.status}` }))
  if (!response.ok) throw new Error(body.hint ? `${body.message} (${body.hint})` : body.message)
  return body
}

let working = 0
/** While a slide or a choice is on its way the page says so, to who cannot see it. */
function sayBusy(more) {
  working += more
  document.querySelector('main').setAttribute('aria-busy', String(working > 0))
}

/** Says what went wrong instead of going silent. */
const guarded =
  (work) =>
  async (...args) => {
    sayBusy(1)
    try {
      await work(...args)
    } catch (error) {
      say(error.message)
    } finally {
      sayBusy(-1)
    }
  }

function query() {
  const heat = byId('heat').value
  const shown = heat === '' ? `hide=${hiddenClasses().join(',')}` : `heat=${heat}`
  return `?${shown}&min=${byId('min').value / 100}`
}

const open = guarded(async (id, place = null) => {
  say('…')
  markCurrent(id)
  const found = await get(`/slides/${encodeURIComponent(id)}`)
  slide = found
  byId('min').value = 0
  sayMin()
  showClasses(found, guarded(choose))
  showHeats(found)
  showAbout(found)
  byId('layer').hidden = false
  byId('threshold').hidden = found.classes.every(({ column }) => column === null)
  byId('patch').replaceChildren(...firstPatchText.map((node) => node.cloneNode(true)))
  await layers.open(found, query())
  const said = found.pixels === null ? [] : [`Only the predictions are shown: ${found.pixels}`]
  if (place) said.push(...goTo(place))
  say(said.join(' '))
  sayWhere()
  followAddress()
})

/** Shows the place that an address names; returns what is wrong with it. */
function goTo({ x, y, zoom, scale, wrong }) {
  const said = wrong.map((name) => `The address has no number for ${name}.`)
  if (x === null || y === null) return said
  layers.goTo({ x, y, scale: scaleOf(slide, { zoom, scale }) })
  if (zoom !== null && slide.magnification === null) said.push('The magnification of this slide is not known.')
  if (x < 0 || y < 0 || x >= slide.width || y >= slide.height) said.push(`${x}, ${y} lies beside the slide.`)
  return said
}

/** The address of the page is that of the place, so that it can be copied. */
function followAddress() {
  const place = slide && layers.place
  if (place) history.replaceState(null, '', addressOf(slide, place))
}

const firstPatchText = [...byId('patch').childNodes]

let waiting = null
/** A slider tells of every step: the last one within a moment counts. */
function soon(work) {
  if (waiting === null) sayBusy(1)
  clearTimeout(waiting)
  waiting = setTimeout(() => {
    waiting = null
    work()
    sayBusy(-1)
  }, 120)
}

const choose = () => layers.choose(query())

const pick = guarded(async (pixel) => {
  const point = slide && layers.slidePoint(pixel)
  if (!point) return
  const found = await get(`/slides/${encodeURIComponent(slide.id)}/at${query()}&x=${point.x}&y=${point.y}`)
  showPatch(slide, found)
  if (found) layers.mark(found.box)
  else layers.unmark()
})

layers.viewer.addHandler('canvas-click', ({ quick, position }) => {
  if (quick) pick(position)
})
byId('viewer').addEventListener('keydown', ({ key }) => {
  const { viewport } = layers.viewer
  if (key === 'Enter') pick(viewport.pixelFromPoint(viewport.getCenter(true), true))
})
layers.viewer.addHandler('animation', sayWhere)
layers.viewer.addHandler('resize', sayWhere)
layers.viewer.addHandler('animation-finish', followAddress)

let pointer = null
const follow = ({ clientX, clientY, type }) => {
  const { left, top } = byId('viewer').getBoundingClientRect()
  pointer = type === 'pointerleave' ? null : new window.OpenSeadragon.Point(clientX - left, clientY - top)
  sayWhere()
}
byId('viewer').addEventListener('pointermove', follow)
byId('viewer').addEventListener('pointerleave', follow)

function sayWhere() {
  drawScale()
  const perScreen = slide && layers.slidePerScreen()
  byId('magnification').textContent = perScreen ? sayScale(slide, 1 / perScreen) : ''
  const point = slide && pointer && layers.slidePoint(pointer)
  byId('pointer').textContent = point ? sayPoint(slide, point) : ''
}

document.addEventListener('keydown', (event) => {
  const { key, target, ctrlKey, metaKey, altKey, repeat } = event
  if (key !== 'h' || ctrlKey || metaKey || altKey || repeat || target.matches('input[type="search"], select')) return
  byId('visible').click()
})
byId('visible').addEventListener('change', ({ target }) => {
  layers.visible = target.checked
})
byId('heat').addEventListener('change', () => {
  showHeatLegend(slide)
  guarded(choose)()
})

/** The longest of 1, 2, 5, 10 … µm that is at most 160 pixels long. */
function drawScale() {
  const scale = byId('scale')
  const perScreen = slide?.mpp ? layers.slidePerScreen() : null
  scale.hidden = perScreen === null
  if (perScreen === null) return
  const room = 160 * perScreen * slide.mpp.x
  const ten = 10 ** Math.floor(Math.log10(room))
  const length = ([5, 2, 1].find((n) => n * ten <= room) ?? 1) * ten
  scale.querySelector('span').textContent = length >= 1000 ? `${length / 1000} mm` : `${length} µm`
  scale.querySelector('i').style.width = `${length / slide.mpp.x / perScreen}px`
}

const sayMin = () => {
  byId('min-said').textContent = (byId('min').value / 100).toFixed(2)
}
byId('min').addEventListener('input', () => {
  sayMin()
  soon(guarded(choose))
})
function setOpacity() {
  const { value } = byId('opacity')
  byId('opacity-said').textContent = `${value} %`
  document.documentElement.style.setProperty('--opacity', `${value}%`)
  layers.opacity = value / 100
}
// A browser may remember where the slider stood.
setOpacity()
byId('opacity').addEventListener('input', setOpacity)
for (const [id, checked] of [
  ['all', true],
  ['none', false],
]) {
  byId(id).addEventListener('click', () => {
    for (const box of document.querySelectorAll('#classes input')) box.checked = checked
    guarded(choose)()
  })
}
byId('zoom-in').addEventListener('click', () => layers.viewer.viewport.zoomBy(1.6))
byId('zoom-out').addEventListener('click', () => layers.viewer.viewport.zoomBy(1 / 1.6))
byId('home').addEventListener('click', () => layers.viewer.viewport.goHome())
byId('find').addEventListener('input', ({ target }) => {
  const wanted = target.value.trim().toLowerCase()
  for (const button of document.querySelectorAll('#slides button'))
    button.parentElement.hidden = !button.dataset.id.toLowerCase().includes(wanted)
})

guarded(async () => {
  const { title, slides } = await get('/slides')
  byId('title').textContent = title
  layers.visible = byId('visible').checked
  document.title = `${title} · tiastream`
  showSlides(slides, open)
  const place = placeIn(location.search)
  const named = slides.find(({ id }) => id === place.slide)
  const first = named ?? slides.find(({ isShown, rows }) => isShown && rows > 0) ?? slides.find(({ isShown }) => isShown)
  if (!first) return say('No slide of this run has a table to show.')
  await open(first.id, named ? place : null)
  if (place.slide !== null && !named) say(`This run has no slide ${place.slide}.`)
})()
