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

export function showAbout({ uri, vendor, width, height, mpp, model, grid, patches }) {
  const facts = [
    ['File', uri],
    ['Format', vendor],
    ['Size', `${count(width)} × ${count(height)} px`],
    ...(mpp ? [['Pixel', mpp.x === mpp.y ? `${mpp.x.toFixed(4)} µm` : `${mpp.x.toFixed(4)} × ${mpp.y.toFixed(4)} µm`]] : []),
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
  const { number, given, row } = found
  // What the patch was given: a class, or as the legend calls an answer that is none, or no answer.
  const title = slide.classes[given]?.name ?? slide.legend.lines.find(({ key }) => key === given)?.name
  const name = `Patch ${row.index ?? number}`
  const probabilities = slide.classes.filter(({ column }) => column !== null && typeof row[column] === 'number')
  const shown = new Set(probabilities.map(({ column }) => column))
  const rest = Object.entries(row).filter(([name]) => !shown.has(name))
  panel.replaceChildren(
    el('h2', { textContent: title ? `${name}: ${title}` : name }),
    ...(slide.pixels === null ? [el('img', { src: `/slides/${encodeURIComponent(slide.id)}/patch/${number}`, alt: name })] : []),
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
