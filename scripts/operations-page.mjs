// Makes the tables of docs/operations.md and the rules for Prometheus anew: node scripts/operations-page.mjs, after a compile.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { rulesFile } from '../dist/src/observe/alarms.js'
import { pageWithTables } from '../dist/src/observe/page.js'

const page = new URL('../docs/operations.md', import.meta.url)
const rules = new URL('../deploy/prometheus/tiastream.rules.yml', import.meta.url)
await writeFile(page, pageWithTables(await readFile(page, 'utf8')))
await mkdir(new URL('.', rules), { recursive: true })
await writeFile(rules, rulesFile())
