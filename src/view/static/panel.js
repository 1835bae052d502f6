/** The panels beside the slide. Text goes in as text: names and labels come from files of anyone. */

export const byId = (id) => document.getElementById(id)

/** An element with properties and children. */
export function el(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}

export const count = (n) => n.toLocaleString('en')

export function showSlides(slides, choose) {
  byId('slides').replaceChildren(
    ...slides.map(({ id, status, rows, isShown, error }) => {
      const said = status === 'failed' ? `failed: ${error ?? ''}` : isShown ? `${count(rows)} patches` : 'no table'
      const button = el(
        'button',
        { type: 'button', disabled: !isShown, title: said, onclick: () => choose(id) },
        id,
        el('small', { textContent: said }),
      )
      button.dataset.id = id
      return el('li', { className: status }, button)
    }),
  )
}

export function markCurrent(id) {
  for (const button of document.querySelectorAll('#slides button')) button.setAttribute('aria-current', String(button.dataset.id === id))
}

/** A line per class, with its number of patches; `changed` is told after every click. */
export function showClasses({ classes, unanswered }, changed) {
  const lines = classes.map((one, number) => ({ ...one, number }))
  if (unanswered > 0) lines.push({ name: classes.length === 0 ? 'patches' : 'no answer', color: '#808080', count: unanswered, number: -1 })
  byId('classes').replaceChildren(
    ...lines.map(({ name, color, count: n, number }) => {
      const box = el('input', { type: 'checkbox', checked: true, onchange: changed })
      box.dataset.number = number
      const chip = el('span', { className: 'chip' })
      chip.style.background = color
      return el('li', {}, el('label', {}, box, chip, el('span', { textContent: name }), el('small', { textContent: count(n) })))
    }),
  )
}

export function hiddenClasses() {
  return [...document.querySelectorAll('#classes input')].filter(({ checked }) => !checked).map(({ dataset }) => dataset.number)
}

export function showAbout({ uri, vendor, width, height, mpp, model, grid, patches }) {
  const facts = [
    ['File', uri],
    ['Format', vendor],
    ['Size', `${count(width)} × ${count(height)} px`],
    ...(mpp ? [['Pixel', `${mpp.toFixed(4)} µm`]] : []),
    ...(model ? [['Model', model]] : []),
    ...(grid ? [['Patches', `${count(patches)} of ${grid.patch.join(' × ')} px at ${grid.at.value} ${grid.at.units}`]] : []),
  ]
  byId('about').replaceChildren(el('h2', { textContent: 'Slide' }), definitions(facts))
}

/** The row of a patch: its picture, its probabilities as bars, and every other column. */
export function showPatch(slide, found) {
  const panel = byId('patch')
  if (found === null) {
    panel.replaceChildren(el('h2', { textContent: 'Patch' }), el('p', { className: 'quiet', textContent: 'There is no patch here.' }))
    return
  }
  const { number, row } = found
  const title = row.class ?? 'no answer'
  const probabilities = slide.classes.filter(({ column }) => column !== null && typeof row[column] === 'number')
  const shown = new Set(probabilities.map(({ column }) => column))
  const rest = Object.entries(row).filter(([name]) => !shown.has(name))
  panel.replaceChildren(
    el('h2', { textContent: `Patch ${row.index ?? number}: ${title}` }),
    ...(slide.pixels === null
      ? [el('img', { src: `/slides/${encodeURIComponent(slide.id)}/patch/${number}`, alt: `Patch ${row.index ?? number}` })]
      : []),
    bars(probabilities.toSorted((a, b) => row[b.column] - row[a.column]).slice(0, 12), row),
    definitions(rest.map(([name, value]) => [name, sayValue(value)])),
  )
}

function bars(classes, row) {
  const list = el('ul', { className: 'bars' })
  for (const { name, color, column } of classes) {
    const fill = el('b')
    fill.style.background = color
    fill.style.width = `${Math.min(100, Math.max(0, row[column] * 100))}%`
    list.append(el('li', {}, el('span', { textContent: name }), el('span', { textContent: row[column].toFixed(3) }), el('i', {}, fill)))
  }
  return list
}

function definitions(entries) {
  return el('dl', {}, ...entries.map(([name, value]) => el('div', {}, el('dt', { textContent: name }), el('dd', { textContent: value }))))
}

function sayValue(value) {
  if (value === null) return '–'
  if (typeof value === 'number' && !Number.isInteger(value)) return value.toPrecision(5)
  return String(value)
}
