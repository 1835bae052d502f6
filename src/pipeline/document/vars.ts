/**
 * Variables: `${name}` inside scalars, replaced by declared vars only. A value comes from the command line (`--var name=value`), else from
 * the environment variable that the var names with `env:`, else from its default. Nothing else enters a pipeline from outside.
 *
 * A plain scalar that is nothing but `${name}` takes the value with its type. Inside other text it is text; in quotes, too, but for an option that
 * takes none: within `{ … }` YAML wants quotes around it.
 * `$${` writes a literal `${`. A text that begins with `~/` starts in the home folder, as in a shell and in docker compose.
 */

import { homeFolder } from '../../core/host/user.js'
import { didYouMean } from '../../core/text/did-you-mean.js'
import { parseScalar } from './document.js'
import type { Position, ProblemList } from './problems.js'
import { entryOf, isEmpty, isOwn, type ScalarValue, type YamlEntry, type YamlMap, type YamlNode, type YamlScalar } from './yaml-node.js'

export interface VarsGiven {
  /** From the command line. */
  readonly vars: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string | undefined>>
}

const declarationKeys = ['default', 'about', 'env']
const namePattern = /^[A-Za-z_][A-Za-z0-9_-]*$/

type Values = ReadonlyMap<string, ScalarValue | undefined>

/** The document without its `vars:` and `x-…:`, every `${name}` replaced. */
export function replaceVars(document: YamlMap, given: VarsGiven, problems: ProblemList): YamlMap {
  const values = declaredValues(entryOf(document, 'vars'), given, document.at, problems)
  const entries = document.entries.filter(({ key }) => key !== 'vars' && !isOwn(key))
  const home = given.env.HOME ?? given.env.USERPROFILE ?? homeFolder()
  const replace: Replace = (text, node, where) => {
    const replaced = replaceText(text, node, where, values, problems)
    return where === 'about' || replaced.broken ? replaced : inHome(refuseForeign(replaced, where, values, problems), where, home, problems)
  }
  return { ...document, entries: entries.map((e) => ({ ...e, value: replaceIn(e.value, e.key, replace) })) }
}

/** Name → value; undefined where a problem was already told, of one or of all. */
function declaredValues(vars: YamlEntry | undefined, given: VarsGiven, start: Position, problems: ProblemList): Values | undefined {
  const values = new Map<string, ScalarValue | undefined>()
  if (vars && vars.value.kind !== 'map' && !isEmpty(vars.value)) {
    const dashes = vars.value.kind === 'list' ? ': take the dashes away' : ''
    problems.add('OPTION_INVALID', vars.value.at, 'vars', `must be a map from names to { default, about, env }${dashes}`)
    return undefined
  }
  for (const entry of vars?.value.kind === 'map' ? vars.value.entries : []) values.set(entry.key, valueOfVar(entry, given, problems))
  for (const name of Object.keys(given.vars)) {
    if (!values.has(name)) {
      problems.add('UNKNOWN_VAR', vars?.keyAt ?? start, 'vars', `has no '${name}', which --var gives${didYouMean(name, values.keys())}`)
    }
  }
  return values
}

function valueOfVar({ key, keyAt, value }: YamlEntry, given: VarsGiven, problems: ProblemList): ScalarValue | undefined {
  const where = `vars.${key}`
  if (!namePattern.test(key)) problems.add('OPTION_INVALID', keyAt, where, 'is no name for a var: use letters, digits, - and _')
  // `cohort: ./slides` is short for `cohort: { default: ./slides }`.
  const fallback = value.kind === 'scalar' && value.value !== null ? value : entryOf(value, 'default')?.value
  if (value.kind === 'list') problems.add('OPTION_INVALID', value.at, where, 'must be a value or { default, about, env }')
  for (const entry of value.kind === 'map' ? value.entries : []) {
    if (!declarationKeys.includes(entry.key)) {
      problems.add('UNKNOWN_OPTION', entry.keyAt, where, `has no option '${entry.key}'${didYouMean(entry.key, declarationKeys)}`)
    } else if (entry.value.kind !== 'scalar') {
      problems.add('OPTION_INVALID', entry.value.at, `${where}.${entry.key}`, 'must be a single value')
    }
  }
  const env = scalarOf(entryOf(value, 'env')?.value)?.value
  const outside = Object.hasOwn(given.vars, key) ? given.vars[key] : typeof env === 'string' ? given.env[env] : undefined
  const written = scalarOf(fallback)
  if (outside !== undefined) return typeof written?.value === 'string' ? outside : parseScalar(outside)
  if (written) return written.value
  if (!fallback) {
    const from = typeof env === 'string' ? `, nor is ${env} set` : ''
    problems.add('VAR_MISSING', keyAt, where, `has no value: there is no default${from}; give --var ${key}=…`)
  }
  return undefined
}

const scalarOf = (node: YamlNode | undefined): YamlScalar | undefined => (node?.kind === 'scalar' ? node : undefined)

type Replace = (text: string, node: YamlScalar, where: string) => YamlScalar

function replaceIn(node: YamlNode, where: string, replace: Replace): YamlNode {
  if (node.kind === 'list') return { ...node, items: node.items.map((item, i) => replaceIn(item, `${where}[${i}]`, replace)) }
  if (node.kind === 'map')
    return { ...node, entries: node.entries.map((e) => ({ ...e, value: replaceIn(e.value, `${where}.${e.key}`, replace) })) }
  return typeof node.value === 'string' ? replace(node.value, node, where) : node
}

function replaceText(text: string, node: YamlScalar, where: string, values: Values | undefined, problems: ProblemList): YamlScalar {
  let broken = false
  const lookUp = (name: string): ScalarValue => {
    const value = values?.get(name)
    if (values && !values.has(name)) {
      problems.add('UNKNOWN_VAR', node.at, where, `uses \${${name}}, which vars: does not declare${declare(name, values)}`)
    }
    if (value === undefined) broken = true
    return value ?? null
  }
  const whole = /^\$\{([^{}]*)\}$/.exec(text)
  if (whole) {
    const value = lookUp(whole[1]!)
    const written = node.quoted ? String(value ?? '') : value
    return { ...node, value: written, ...(written === value || value === null ? {} : { typed: value }), ...(broken ? { broken } : {}) }
  }
  const value = text.replace(
    /\$(\$\{)|\$\{([^{}]*)\}/g,
    (_, literal: string | undefined, name: string) => literal ?? String(lookUp(name) ?? ''),
  )
  return { ...node, value, ...(broken ? { broken } : {}) }
}

/** What to write for a var that is not declared, also in the ways of shells and other tools. */
function declare(name: string, values: Values): string {
  if (name === 'slide') return ': write {slide}, without the $'
  const near = didYouMean(name, values.keys())
  if (near !== '') return near
  const [, own] = /^vars?\.([\w-]+)$/.exec(name) ?? []
  if (own !== undefined && values.has(own)) return `: write \${${own}}`
  const [, env, otherwise] = /^(?:oc\.)?env[:.]\s*([\w-]+)(?:,\s*(.+))?$/i.exec(name) ?? []
  const [, plain = env ?? own ?? name, sign, fallback = otherwise] = /^([\w-]+)\s*:?([-=?+])(.*)$/.exec(env ?? name) ?? []
  if (!namePattern.test(plain)) return ''
  const written = plain === name ? '' : `write \${${plain}}, and `
  const fromEnvironment = env !== undefined || sign !== undefined || /^[A-Z_][A-Z0-9_]*$/.test(plain)
  const parts = [
    ...(fromEnvironment ? [`env: ${plain}`] : []),
    ...(fallback && sign !== '?' ? [`default: ${fallback}`] : fromEnvironment ? [] : ['default: …']),
  ]
  return `: ${written}declare it, vars: { ${plain}: { ${parts.join(', ')} } }`
}

/** Ways of other tools to write a variable: none is replaced here. */
const foreign = [
  /\$\(([A-Za-z_]\w*)\)/,
  /\{\{-?\s*\.?(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)\s*-?\}\}/,
  /%([A-Z_][A-Z0-9_]*)%/,
  /^!?\$([A-Za-z_]\w*)(?=[/\\]|$)/,
]

function refuseForeign(node: YamlScalar, where: string, values: Values | undefined, problems: ProblemList): YamlScalar {
  if (typeof node.value !== 'string') return node
  for (const pattern of foreign) {
    const [written, name = ''] = pattern.exec(node.value) ?? []
    if (written === undefined) continue
    const declared = values?.has(name)
      ? ''
      : `, and declare it, vars: { ${name}: { ${/^[A-Z_]/.test(name) ? `env: ${name}` : 'default: …'} } }`
    problems.add('UNKNOWN_VAR', node.at, where, `has ${written.replace(/^!/, '')}, which is not replaced: write "\${${name}}"${declared}`)
    return { ...node, broken: true }
  }
  return node
}

function inHome(node: YamlScalar, where: string, home: string, problems: ProblemList): YamlScalar {
  if (node.broken || typeof node.value !== 'string') return node
  const [, not = '', user = ''] = /^(!?)~([A-Za-z_][\w-]*)?(?=[/\\]|$)/.exec(node.value) ?? []
  if (!/^!?~/.test(node.value)) return node
  if (user !== '') {
    problems.add('OPTION_INVALID', node.at, where, `begins with ~${user}, the folder of another user: write its whole path`)
    return { ...node, broken: true }
  }
  return /^!?~(?:[/\\]|$)/.test(node.value) ? { ...node, value: `${not}${home}${node.value.slice(not.length + 1)}` } : node
}
