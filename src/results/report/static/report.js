/* Sorting, finding, opening: all the page does without it still reads, only in the order of the slides. */

for (const table of document.querySelectorAll('table.sortable')) {
  const headers = [...table.tHead.rows[0].cells]
  headers.forEach((header, column) => {
    header.querySelector('button')?.addEventListener('click', () => {
      // Numbers are most often wanted from the top, names from A.
      const first = header.classList.contains('number') ? 'descending' : 'ascending'
      const other = first === 'ascending' ? 'descending' : 'ascending'
      const order = header.getAttribute('aria-sort') === first ? other : first
      for (const one of headers) if (one.hasAttribute('aria-sort')) one.setAttribute('aria-sort', 'none')
      header.setAttribute('aria-sort', order)
      sortRows(table.tBodies[0], column, order === 'ascending' ? 1 : -1)
    })
  })
}

function sortRows(body, column, sign) {
  const names = new Intl.Collator(undefined, { numeric: true })
  const keyed = [...body.rows].map((row) => {
    const cell = row.cells[column]
    return { row, key: cell.dataset.v === undefined ? cell.textContent.trim() : Number(cell.dataset.v) }
  })
  keyed.sort((a, b) => sign * (typeof a.key === 'number' ? a.key - b.key : names.compare(a.key, b.key)))
  body.append(...keyed.map(({ row }) => row))
}

document.getElementById('find')?.addEventListener('input', ({ target }) => {
  const wanted = target.value.trim().toLowerCase()
  for (const row of document.querySelectorAll('tr[data-slide]')) row.hidden = !row.dataset.slide.toLowerCase().includes(wanted)
})

function openNamed() {
  const section = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null
  if (section?.tagName !== 'DETAILS') return
  section.open = true
  section.scrollIntoView({ block: 'start' })
  section.querySelector('summary').focus({ preventScroll: true })
}
addEventListener('hashchange', openNamed)
// A second click on the same link changes no hash.
document.addEventListener('click', ({ target }) => {
  const link = target.closest?.('a[href^="#"]')
  if (link && link.hash === location.hash) openNamed()
})
openNamed()

for (const figure of document.querySelectorAll('figure')) {
  const range = figure.querySelector(':scope > .opacity input')
  const layer = figure.querySelector(':scope > .stack .layer')
  range?.addEventListener('input', () => {
    layer.style.opacity = range.value / 100
    // The legend shows what the picture shows.
    figure.closest('details').style.setProperty('--o', `${range.value}%`)
  })
}

const enlarged = document.getElementById('enlarged')
document.addEventListener('click', ({ target }) => {
  const button = target.closest?.('.enlarge')
  if (!button) return
  const caption = button.closest('figure').querySelector('figcaption')
  enlarged.replaceChildren(button.querySelector('img').cloneNode(), caption.cloneNode(true))
  enlarged.showModal()
})
enlarged.addEventListener('click', ({ target }) => {
  if (!target.closest('a')) enlarged.close()
})

// The viewer says another port when its own is busy, and a tunnel has one of its own.
document.getElementById('viewer-port')?.addEventListener('input', ({ target }) => {
  if (target.value === '' || !target.checkValidity()) return
  for (const link of document.querySelectorAll('a[target="tiastream-view"]')) link.port = target.value
})

// On paper everything is open.
addEventListener('beforeprint', () => {
  for (const section of document.querySelectorAll('details.slide')) section.open = true
})
