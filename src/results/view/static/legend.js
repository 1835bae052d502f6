/** The legend: what each colour means, as the layer shows it over glass, and what may be chosen. Text goes in as text. */

import { byId, count, el } from './panel.js'

/** A line for what is there, with its share and area as the report says them; `changed` is told after every click. */
export function showClasses({ classes, legend }, changed) {
  byId('classes').replaceChildren(
    ...legend.lines.map(({ key, name, color, count: n, share, area }) => {
      const box = el('input', { type: 'checkbox', checked: true, onchange: changed })
      box.dataset.key = key
      const chip = el('span', { className: color === null ? 'chip several' : 'chip' })
      if (color !== null) chip.style.setProperty('--color', color)
      const much = el('small', { textContent: [share, count(n), area].filter((said) => said !== null).join(' · ') })
      return el('li', {}, el('label', {}, box, chip, el('span', { textContent: name, title: name }), much))
    }),
  )
  byId('absent').textContent =
    legend.absent === 0 ? '' : `${count(legend.absent)} of ${count(classes.length)} classes are given to no patch.`
}

export function hiddenClasses() {
  return [...document.querySelectorAll('#classes input')].filter(({ checked }) => !checked).map(({ dataset }) => dataset.key)
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
