import { readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { parse } from 'yaml'
import { packageRoot } from '../../src/core/package-root.js'
import { alarms, rulesFile } from '../../src/observe/alarms.js'
import { instruments, prometheusName } from '../../src/observe/instruments.js'
import { pageWithTables } from '../../src/observe/page.js'

const read = (file: string) => readFileSync(path.join(packageRoot, file), 'utf8')

test('the page and the rules are those of the code: node scripts/operations-page.mjs', (t) => {
  const page = read('docs/operations.md')
  t.is(pageWithTables(page), page)
  t.is(read('deploy/prometheus/tiastream.rules.yml'), rulesFile())
  for (const { name } of alarms) t.true(page.includes(`\`${name}\``), name)
})

test('rules are YAML, and ask for numbers that there are', (t) => {
  const { groups } = parse(rulesFile()) as { groups: { rules: { alert: string; expr: string }[] }[] }
  const units = new Map(Object.values(instruments).map((instrument) => [prometheusName(instrument), instrument.unit]))
  t.is(groups[0]!.rules.length, alarms.length)
  for (const { alert, expr } of groups[0]!.rules) {
    const asked = (expr.match(/tiastream_\w+/g) ?? []).map((name) => name.replace(/_(bucket|count)$/, ''))
    for (const name of asked) t.true(units.has(name), `${alert}: ${name}`)
    // Of all patches some become no rows.
    if (expr.includes(' / ')) t.is(new Set(asked.map((name) => units.get(name))).size, 1, `${alert} divides what is counted alike`)
    t.true(asked.length > 0 || expr.startsWith('up{'), alert)
  }
})
