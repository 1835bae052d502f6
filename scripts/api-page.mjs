/**
 * The page of exports, docs/api.md, made from the types that the compiler writes: `npm run compile && node scripts/api-page.mjs`. A heading for
 * each comment that begins a group in src/index.ts; below it each name with its declaration and what is said above it.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = path.join(root, 'docs/api.md')

/** The declaration files, each read once. */
const texts = new Map()
const textOf = (file) => {
  if (!texts.has(file)) texts.set(file, readFileSync(file, 'utf8'))
  return texts.get(file)
}
const declarationsOf = (from, to) => path.resolve(path.dirname(from), to).replace(/\.js$/, '.d.ts')

const exported = /^export (?:type )?(?:\*|\{([^}]*)\}) from '([^']+)';$/

/** What a name is declared as: the text, and the comment above it. Follows re-exports. */
function declared(file, name) {
  const text = textOf(file)
  for (const line of text.split('\n')) {
    const [, names, module] = exported.exec(line) ?? []
    const taken = names?.split(',').find(
      (one) =>
        one
          .trim()
          .replace(/^type /, '')
          .split(' as ')
          .at(-1) === name,
    )
    if (!taken) continue
    return module.startsWith('.')
      ? declared(
          declarationsOf(file, module),
          taken
            .trim()
            .replace(/^type /, '')
            .split(' as ')[0],
        )
      : { about: '', code: `${name}: from the package ${module}` }
  }
  const found = new RegExp(`^export (?:declare )?(?:abstract )?(?:class|function|const|interface|type) ${name}\\b`, 'm').exec(text)
  if (!found) throw new Error(`${name} is not declared in ${file}`)
  const before = text.slice(0, found.index)
  const above = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n$/.exec(before)
  // What stands at the very beginning is said of the file.
  const comment = above && above.index > 0 ? above[1] : ''
  // Overloads follow one another.
  let code = ''
  for (let rest = text.slice(found.index); rest.startsWith(found[0]); ) {
    const length = lengthOf(rest)
    code += rest.slice(0, length)
    rest = rest.slice(length)
  }
  return { about: comment.replace(/^\s*\* ?/gm, '').trim(), code: code.trimEnd() }
}

/** Up to the end of a declaration, outside of all brackets: the brace that closes a class or an interface, the `;` of all others. */
function lengthOf(text) {
  const last = /^export (?:declare )?(?:abstract )?(?:class|interface) /.test(text) ? '}' : ';'
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    if ('({['.includes(text[i])) depth++
    else if (')}]'.includes(text[i])) depth--
    if (depth === 0 && text[i] === last && text[i + 1] === '\n') return i + 2
  }
  return text.length
}

/** For reading: without what only the compiler needs, and options by the name of their step. */
function shown(code) {
  const short = code.replace(/^export (declare )?/gm, '').replace(/import\("[^"]*"\)\./g, '')
  return short.replace(/^(const (\w+): \(options\??: )Written<\{[\s\S]*\}>/, '$1Options of $2')
}

export function apiPage() {
  const index = path.join(root, 'dist/src/index.d.ts')
  const groups = readFileSync(path.join(root, 'src/index.ts'), 'utf8').split(/^\/\/ (.*)$/m)
  const parts = [
    '# The public names\n',
    "What `import { … } from 'tiastream'` gives. Made from the types by `scripts/api-page.mjs`; the options of stages, sinks and sources are in the [reference](reference.md).\n",
  ]
  for (let i = 1; i < groups.length; i += 2) {
    parts.push(`## ${groups[i]}\n`)
    for (const line of groups[i + 1]
      .replace(/\{\n([^}]*)\}/g, (_, names) => `{ ${names.trim().replace(/,?\s*\n\s*/g, ', ')} }`)
      .split('\n')) {
      const [, names, module] = exported.exec(`${line};`) ?? []
      if (module === undefined) continue
      const file = declarationsOf(index, module)
      const all = names
        ? names.split(',').map((name) =>
            name
              .trim()
              .replace(/^type /, '')
              .split(' as ')
              .at(-1),
          )
        : namesIn(file)
      for (const name of all.filter((one) => one !== '')) {
        const { about, code } = declared(names ? index : file, name)
        parts.push(`### ${name}\n`, ...(about ? [`${about}\n`] : []), `\`\`\`ts\n${shown(code)}\n\`\`\`\n`)
      }
    }
  }
  return parts.join('\n')
}

const namesIn = (file) =>
  [...textOf(file).matchAll(/^export (?:declare )?(?:abstract )?(?:class|function|const|interface|type) (\w+)/gm)].map(([, name]) => name)

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, apiPage())
