/**
 * The bill of materials of what is shipped. `npm sbom --omit dev` leaves out what a development tool needs, too, even a package of ours;
 * so all are listed, and those dropped that the lock file marks as for development alone.
 */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const shipped = new Set(
  Object.entries(packages)
    .filter(([place, { dev }]) => place !== '' && !dev)
    .map(([place, { name, version }]) => `${name ?? place.replace(/^.*node_modules\//, '')}@${version}`),
)
const listed = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', ...process.argv.slice(2)], { maxBuffer: 2 ** 26 })
const bill = JSON.parse(listed.toString())
const isShipped = ({ group, name, version }) => shipped.has(`${group ? `${group}/` : ''}${name}@${version}`)
const components = bill.components.filter(isShipped)
const refs = new Set([bill.metadata.component['bom-ref'], ...components.map((component) => component['bom-ref'])])
const dependencies = bill.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }))
process.stdout.write(`${JSON.stringify({ ...bill, components, dependencies }, null, 2)}\n`)
