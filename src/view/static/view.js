/** The page of the viewer: which slide, which choice, which patch. */

import { Layers } from './layers.js'
import { byId, hiddenClasses, markCurrent, showAbout, showClasses, showPatch, showSlides } from './panel.js'

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

/** Says what went wrong instead of going silent. */
const guarded =
  (work) =>
  (...args) =>
    Promise.resolve(work(...args)).catch((error) => say(error.message))

function query() {
  const hide = hiddenClasses().join(',')
  return `?hide=${hide}&min=${byId('min').value / 100}`
}

const open = guarded(async (id) => {
  say('…')
  markCurrent(id)
  const found = await get(`/slides/${encodeURIComponent(id)}`)
  slide = found
  byId('min').value = 0
  sayMin()
  showClasses(found, guarded(choose))
  showAbout(found)
  byId('layer').hidden = false
  byId('threshold').hidden = !found.hasProbabilities
  byId('patch').replaceChildren(...firstPatchText.map((node) => node.cloneNode(true)))
  await layers.open(found, query())
  history.replaceState(null, '', `#${encodeURIComponent(id)}`)
  say(found.pixels === null ? '' : `Only the predictions are shown: ${found.pixels}`)
  drawScale()
})
const firstPatchText = [...byId('patch').childNodes]

let waiting
/** A slider tells of every step: the last one within a moment counts. */
function soon(work) {
  clearTimeout(waiting)
  waiting = setTimeout(work, 120)
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
layers.viewer.addHandler('animation', drawScale)
layers.viewer.addHandler('resize', drawScale)

/** The longest of 1, 2, 5, 10 … µm that is at most 160 pixels long. */
function drawScale() {
  const scale = byId('scale')
  const perScreen = slide?.mpp ? layers.slidePerScreen() : null
  scale.hidden = perScreen === null
  if (perScreen === null) return
  const room = 160 * perScreen * slide.mpp
  const ten = 10 ** Math.floor(Math.log10(room))
  const length = ([5, 2, 1].find((n) => n * ten <= room) ?? 1) * ten
  scale.querySelector('span').textContent = length >= 1000 ? `${length / 1000} mm` : `${length} µm`
  scale.querySelector('i').style.width = `${length / slide.mpp / perScreen}px`
}

const sayMin = () => {
  byId('min-said').textContent = (byId('min').value / 100).toFixed(2)
}
byId('min').addEventListener('input', () => {
  sayMin()
  soon(guarded(choose))
})
byId('opacity').addEventListener('input', ({ target }) => {
  byId('opacity-said').textContent = `${target.value} %`
  layers.opacity = target.value / 100
})
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
  document.title = `${title} · tiastream`
  showSlides(slides, open)
  const named = decodeURIComponent(location.hash.slice(1))
  const first =
    slides.find(({ id, isShown }) => isShown && id === named) ??
    slides.find(({ isShown, rows }) => isShown && rows > 0) ??
    slides.find(({ isShown }) => isShown)
  if (first) await open(first.id)
  else say('No slide of this run has a table to show.')
})()
