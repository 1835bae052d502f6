/** The legend: what each colour means, as the layer shows it over glass, and what may be chosen. Text goes in as text. */

import { byId, count, el } from './panel.js'

/** Three digits are enough of a share; what is there is never said to be nothing. */
export function share(part, whole) {
  const percent = (100 * part) / whole
  return percent < 0.1 ? '< 0.1 %' : `${percent.toFixed(1)} %`
}

/** A line for every class that is there, with its share of all patches; `changed` is told after every click. */
export function showClasses({ classes, others, patches }, changed) {
  const present = classes.filter((one) => one.count > 0).toSorted((a, b) => b.count - a.count)
  byId('classes').replaceChildren(
    ...[...present, ...others].map(({ name, color, count: n, number }) => {
      const box = el('input', { type: 'checkbox', checked: true, onchange: changed })
      box.dataset.number = number
      const chip = el('span', { className: 'chip' })
      chip.style.setProperty('--color', color)
      const much = el('small', { textContent: `${share(n, patches)} · ${count(n)}` })
      return el('li', {}, el('label', {}, box, chip, el('span', { textContent: name }), much))
    }),
  )
  const absent = classes.length - present.length
  byId('absent').textContent = absent === 0 ? '' : `${absent} of ${classes.length} classes are given to no patch.`
}

export function hiddenClasses() {
  return [...document.querySelectorAll('#classes input')].filter(({ checked }) => !checked).map(({ dataset }) => dataset.number)
}

/** All classes, or the probability of one: also of one that no patch was given. */
export function showHeats({ classes, heatColors }) {
  const withColumn = classes.filter(({ column }) => column !== null)
  byId('heat-choice').hidden = withColumn.length === 0
  byId('heat').replaceChildren(
    el('option', { value: '', textContent: 'The most probable class' }),
    ...withColumn.map(({ name, number }) => el('option', { value: String(number), textContent: `Probability of ${name}` })),
  )
  const mixed = heatColors.map((color) => `color-mix(in srgb, ${color} var(--opacity), #ffffff)`)
  byId('heat-legend').querySelector('i').style.background = `linear-gradient(to right, ${mixed.join(', ')})`
  showHeatLegend({ classes })
}

/** Which of the two legends is true now. */
export function showHeatLegend({ classes }) {
  const chosen = byId('heat').value
  byId('heat-legend').hidden = chosen === ''
  byId('class-legend').hidden = chosen !== ''
  byId('heat-said').textContent = chosen === '' ? '' : `probability of ${classes[Number(chosen)].name}`
}
