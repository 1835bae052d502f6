// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${name} is what pipelines write
/** Slips of the pen in YAML: one problem each, the cause and not what follows from it, with what to write. */

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { parse } from 'yaml'
import { packageRoot } from '../../../src/core/package-root.js'
import { parseTree } from '../../../src/pipeline/document/document.js'
import { ProblemList } from '../../../src/pipeline/document/problems.js'
import { slipsOf } from '../../../src/pipeline/document/yaml-slips.js'
import { mistakes, sound } from '../../support/mistakes.js'

const glob = '"slides/*.svs"'
const sinks = 'sinks: [csv]'

mistakes([
  // Quotes that are missing.
  ['a var in a map', glob, '${DIR}/*.svs', '3:17   write "${DIR}/*.svs": quotes are needed around ${…}'],
  ['a var alone in a map', '224 px', '${N}', '5:19   write "${N}": quotes are needed around ${…}'],
  [
    'vars in a list',
    glob,
    '[${DIR}/a.svs, ${DIR}/b.svs]',
    '3:18   write "${DIR}/a.svs": quotes are needed around ${…} (also ${DIR}/b.svs)',
  ],
  ['a var inside a path in a list', glob, '[./${DIR}/a.svs]', '3:18   write "./${DIR}/a.svs": quotes are needed around ${…}'],
  [
    'the same below each other',
    sinks,
    'sinks:\n  - csv: { file: {slide}.csv }\n  - jsonl: { file: {slide}.jsonl }',
    '12:18   write "{slide}.csv": quotes are needed around {…} (also in line 13)',
  ],
  [
    '{slide} as the value of a key',
    sinks,
    'sinks:\n  - csv:\n      file: {slide}.csv',
    '13:13   write "{slide}.csv": quotes are needed around {…}',
  ],
  [
    '{slide} inside a name, in a map',
    sinks,
    'sinks: [csv: { file: t/{slide}.csv }]',
    '11:22   write "t/{slide}.csv": quotes are needed around {…}',
  ],
  ['{slide} inside a name, as the value of a key, is text', sinks, 'sinks:\n  - csv:\n      file: t/{slide}.csv'],
  ['a choice of endings in a map', glob, 'slides/*.{svs,tif}', '3:17   write "slides/*.{svs,tif}": quotes are needed around { and }'],
  ['a pattern that begins with *', glob, '**/*.svs', '3:17   write "**/*.svs": quotes are needed around a text that begins with *'],
  [
    'the same as the value of a key',
    '{ glob: "slides/*.svs" }',
    '\n  glob: *.svs',
    '4:9   write "*.svs": quotes are needed around a text that begins with *',
  ],
  [
    'a pattern that takes away',
    glob,
    '[slides/*.svs, !slides/b.svs]',
    '3:32   write "!slides/b.svs": quotes are needed around a text that begins with !',
  ],
  [
    'a share the wrong way round',
    '- mask',
    '- mask: { keep: %25 }',
    '6:19   write "%25": quotes are needed around a text that begins with %',
  ],
  [
    'a text with a colon',
    './out',
    './out\nabout: Tumour: yes or no',
    '2:8   a text with ": " in it needs quotes: write "Tumour: yes or no"',
  ],
  ['placeholders of other tools', './out', '{{ DIR }}', '1:9   {{ DIR }} is not replaced: write "${DIR}", and what it is in vars:'],
  // Quotes of the wrong kind, or half of them.
  ['typographic quotes', glob, '“slides/*.svs”', '3:17   “ is no quote of YAML: write "slides/*.svs", with straight quotes'],
  ['typographic quotes around a comma', glob, '[“a,b.svs”]', '3:18   “ is no quote of YAML: write "a,b.svs", with straight quotes'],
  ['single typographic quotes', './out', '‘./out’', '1:9   ‘ is no quote of YAML: write "./out", with straight quotes'],
  ['a sentence that begins with them', './out', './out\nabout: “Tumour” of the colon'],
  ['a quote without its second', glob, '"slides/*.svs', '3:17   this " has no second one: write " where the text ends'],
  [
    'a quote without its second, and quotes further on',
    '- mask',
    '- mask: { method: "otsu }\n  - rows: { module: "./x.js" }',
    '6:21   this " has no second one: write " where the text ends',
  ],
  ['a quote that ends too early', glob, '"slides"/*.svs', '3:17   \'/*.svs\' stands behind the closing quote: write "slides/*.svs"'],
  [
    'a path of Windows',
    glob,
    '"C:\\slides\\x.svs"',
    '3:17   \\ means something else in double quotes: write \'C:\\slides\\x.svs\' in single quotes, or "C:/slides/x.svs"',
  ],
  [
    'a path of Windows whose letters are escapes',
    './out',
    '"C:\\new\\table"',
    '1:9   \\ means something else in double quotes: write \'C:\\new\\table\' in single quotes, or "C:/new/table"',
  ],
  [
    'a path of Windows that ends in a backslash',
    './out',
    '"D:\\out\\"',
    '1:9   \\ means something else in double quotes: write \'D:\\out\\\' in single quotes, or "D:/out/"',
  ],
  ['a pattern of Windows', glob, '"D:\\Users\\me\\*.svs"', '3:17   \\ means something else in double quotes: write "D:/Users/me/*.svs"'],
  [
    'a folder of a server',
    './out',
    '"\\\\server\\share"',
    '1:9   \\ means something else in double quotes: write \'\\\\server\\share\' in single quotes, or "//server/share"',
  ],
  // Dashes and columns.
  ['a dash that is missing', '- mask', 'mask', '6:3   a dash is missing: write - mask'],
  ['a dash that is missing before a key', '- mask', 'mask: { keep: 25 % }', '6:3   a dash is missing: write - mask: { keep: 25 % }'],
  ['the last dash is missing', '- merge', 'merge', '10:3   a dash is missing: write - merge'],
  ['the first dash is missing', '- grid', 'grid', '5:3   a dash is missing: write - grid: { size: 224 px, at: 0.5 mpp }'],
  ['no space after a dash', '- mask', '-mask', '6:3   a space is missing after the dash: write - mask'],
  [
    'no space after the first dash',
    '- grid',
    '-grid',
    '5:3   a space is missing after the dash: write - grid: { size: 224 px, at: 0.5 mpp }',
  ],
  [
    'a dash too far right',
    '  - mask',
    '   - mask',
    "6:4   this line is indented by 3 spaces, and nothing above is: write 2 spaces, as '- grid: { size: 224 px, at: 0.5 mpp }' (line 5)",
  ],
  [
    'a dash too far left',
    '  - mask',
    ' - mask',
    "6:2   this line is indented by 1 space, and nothing above is: write 2 spaces, as '- grid: { size: 224 px, at: 0.5 mpp }' (line 5)",
  ],
  [
    'a key too far right',
    '{ glob: "slides/*.svs" }',
    '\n  glob: "slides/*.svs"\n   mpp: 0.5',
    '5:4   this line is indented by 3 spaces, and \'glob: "slides/*.svs"\' (line 4) by 2: write 2 spaces before it, if it belongs beside that',
  ],
  [
    'a section too far right',
    '\nslides',
    '\n slides',
    "3:2   this line is indented by 1 space, and 'vars: { DIR: { default: slides }, N: …' (line 2) by 0: begin it at the start of the line",
  ],
  [
    'the first line too far right',
    'output',
    ' output',
    "1:2   this line is indented by 1 space, and 'vars: { DIR: { default: slides }, N: …' (line 2) by 0: keys that go together start in one column",
  ],
  ['a tab', '  - mask', '\t- mask', '6:1   this line is indented with a tab: replace the tab by spaces'],
  [
    'tabs',
    '  - mask\n  - extract',
    '\t- mask\n\t- extract',
    '6:1   this line is indented with a tab: replace the tab by spaces (also in line 7)',
  ],
  ['a tab behind a key is white space', 'output: ', 'output:\t'],
  [
    'no space after a colon',
    'output: ./out',
    'output:./out',
    '1:1   a colon and a space stand between a key and its value: write output: ./out',
  ],
  ['an equals sign', 'output: ./out', 'output = ./out', '1:1   a colon and a space stand between a key and its value: write output: ./out'],
  // Brackets and commas.
  ['a comma that is missing', '224 px, at', '224 px at', '5:19   a comma is missing: write 224 px, at:'],
  [
    'commas at the ends of lines',
    '} }\nslides: { glob: "slides/*.svs" }',
    '} },\nslides: { glob: "slides/*.svs" },',
    '2:56   a comma stands at the end of this line: take it away, a new line is enough (also in line 3)',
  ],
  ['a brace that is not closed', '0.5 mpp }', '0.5 mpp', '5:11   this { is not closed: write } where it ends'],
  ['a bracket that is not closed', '[csv]', '[csv', '11:8   this [ is not closed: write ] where it ends'],
  [
    'brackets inside each other that are not closed',
    '[csv]',
    '[csv: { file: "{slide}.csv"',
    '11:8   this [ is not closed: write }] where it ends',
  ],
  ['a brace too many', '0.5 mpp }', '0.5 mpp }}', '5:40   this } closes nothing: take it away'],
  ['a bracket too many', '[csv]', '[csv]]', '11:13   this ] closes nothing: take it away'],
  ['a bracket closed by a brace', '[csv]', '[csv}', '11:12   the [ in line 11 is closed by }: write ]'],
  // Braces, colons and dashes of one line.
  [
    'options without braces',
    '{ size: 224 px, at: 0.5 mpp }',
    'size: 224 px, at: 0.5 mpp',
    '5:11   options in the line of their name stand in braces: write { size: 224 px, at: 0.5 mpp }',
  ],
  [
    'one option without braces',
    '- mask',
    '- mask: keep: 25 %',
    '6:11   options in the line of their name stand in braces: write { keep: 25 % }',
  ],
  [
    'options of one line below their name',
    '{ size: 224 px, at: 0.5 mpp }',
    '\n      size: 224 px, at: 0.5 mpp',
    "6:13   write each option in a line of its own, without the comma: 'at: 0.5 mpp' is the next",
  ],
  ['no colon before braces', 'grid: {', 'grid {', '5:5   a colon is missing: write grid: { size: 224 px, at: 0.5 mpp }'],
  ['no colon', 'output: ./out', 'output ./out', '1:1   a colon is missing: write output: ./out'],
  [
    'a dash in the line of its section',
    sinks,
    'sinks: - csv',
    '11:8   a list with dashes begins in a line of its own: write [csv], or the dash below',
  ],
  [
    'dashes in one line',
    sinks,
    'sinks: - csv - jsonl',
    '11:8   a list with dashes begins in a line of its own: write [csv, jsonl], or the dash below',
  ],
  ['round brackets', '224 px', '(224, 192)', '5:19   stages[0].grid has (224, 192) for size: write size: [224, 192], in square brackets'],
  ['a section among the stages', 'sinks', '  sinks', '11:3   sinks: is a section of its own: begin it at the start of the line'],
  [
    'a section after a dash',
    'sinks',
    '  - sinks',
    "11:5   stages[6] names 'sinks': there is no stage 'sinks': sinks: is a section of its own, begin it at the start of a line",
  ],
  [
    'JSON without a comma',
    sound,
    '{\n  "output": "./out"\n  "slides": { "glob": "slides/*.svs" },\n  "sinks": ["csv"]\n}\n',
    '2:20   a comma is missing here: write , before what follows',
  ],
  [
    'JSON is YAML, also with tabs',
    sound,
    '{\n\t"output": "./out",\n\t"slides": { "glob": "slides/*.svs" },\n\t"stages": ["grid", "extract", "batch", { "infer": { "model": "stain" } }, "merge"],\n\t"sinks": ["csv"]\n}\n',
  ],
  [
    'a tab in braces',
    '{ glob: "slides/*.svs" }',
    '{\n\tglob: "slides/*.svs" }',
    '4:1   this line is indented with a tab: replace the tab by spaces',
  ],
  [
    'an apostrophe in single quotes',
    './out',
    "./out\nabout: 'it's mine'",
    "2:8   's mine'' stands behind the closing quote: write \"it's mine\"",
  ],
  [
    'a path of Windows that goes on from here',
    glob,
    '"..\\slides\\*.svs"',
    '3:17   \\ means something else in double quotes: write "../slides/*.svs"',
  ],
  [
    'a name whose first letter makes an escape',
    './out',
    '"results\\table"',
    '1:9   \\ means something else in double quotes: write \'results\\table\' in single quotes, or "results/table"',
  ],
  ['a line that is broken on purpose', './out', './out\nabout: "one\\ntwo"'],
  // From elsewhere.
  ['the fences of Markdown', sound, `\`\`\`yaml\n${sound}\`\`\`\n`, '1:1   this line is of Markdown: take it away (also in line 13)'],
  [
    'a conflict',
    'output: ./out',
    '<<<<<<< HEAD\noutput: ./out\n=======\noutput: ./b\n>>>>>>> b',
    '1:1   this line is the mark of a conflict in git: keep one of the two sides, and take the marks away (also in lines 3 and 5)',
  ],
  ['a dash of a word processor', '- mask', '– mask', '6:3   – is no dash of YAML: write - mask'],
  ['a bullet', '- mask', '• mask', '6:3   • is no dash of YAML: write - mask'],
  ['a star', '- mask', '* mask', '6:3   * is no dash of YAML: write - mask'],
  ['a comment of another language', 'output', '// mine\noutput', '1:1   a comment begins with #: write # mine'],
  [
    'a comment of another language behind a stage',
    '- mask',
    '- mask // mine',
    "6:5   stages[1] is 'mask // mine': a comment begins with a space and #",
  ],
  [
    'a space that does not break',
    'output: ',
    'output:\u00a0',
    '1:8   a space that does not break stands here, as web pages and word processors have it: write a plain space',
  ],
  [
    'a letter that nobody sees',
    '- mask',
    '- mask\u200b',
    "6:5   stages[1] names 'mask\u200b': there is no stage 'mask\u200b', did you mean 'mask'? (in it stands U+200B, which is not seen)",
  ],
  [
    'a letter of another alphabet',
    '- mask',
    '- m\u0430sk',
    "6:5   stages[1] names 'm\u0430sk': there is no stage 'm\u0430sk', did you mean 'mask'? ('\u0430' is U+0430)",
  ],
  [
    'an end of line in a name',
    '- mask',
    '- "mask\\n"',
    "6:5   stages[1] names 'mask\\n': there is no stage 'mask\\n', did you mean 'mask'?",
  ],
  ['a wide colon', 'output: ', 'output： ', '1:7   this colon is none of YAML: write output: ./out'],
  // Keys, anchors, documents.
  ['a key that is there twice', './out', './out\noutput: ./b', "2:1   'output' is there twice, first in line 1: take one away"],
  ['an option that is there twice', '224 px,', '224 px, size: 3 px,', "5:27   'size' is there twice, first in line 5: take one away"],
  ['a second document', sinks, `${sinks}\n---\na: 1`, '12:1   this starts a second document; a pipeline file holds one: take the --- away'],
  ['an anchor in x-', 'output', 'x-grid: &g { size: 224 px, at: "${no}" }\noutput'],
  ['a colon that has lost its key', '224 px', '3 px, : 4', '5:25   this key is no text: write it in quotes'],
  ['a list over lines, with a last comma', sinks, 'sinks: [\n  csv,\n]'],
  ['line ends of Windows', sound, `\ufeff${sound.replaceAll('\n', '\r\n')}`],
  ['line ends of old Macs', sound, sound.replaceAll('\n', '\r')],
])

test('x- is nothing, its anchors are what they name, and << takes the entries that are not written', (t) => {
  const problems = new ProblemList('p.yml')
  const text = 'x-a: &a { size: 1, at: 2 }\nx-b: &b { at: 3, keep: 4 }\ngrid: { <<: [*a, *b], size: 5 }\nmask: { <<: *b }\n'
  const tree = parseTree(text, problems)
  t.deepEqual(problems.sorted(), [])
  t.deepEqual(plain(tree), parse(text, { merge: true }))
})

const plain = (tree: ReturnType<typeof parseTree>): unknown => {
  if (tree?.kind === 'map') return Object.fromEntries(tree.entries.map(({ key, value }) => [key, plain(value)]))
  return tree?.kind === 'list' ? tree.items.map(plain) : tree?.value
}

test('a character that falls out of a shipped pipeline makes few problems, and never stops the search for the cause', (t) => {
  const folder = path.join(packageRoot, 'pipelines')
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.yml'))) {
    const text = readFileSync(path.join(folder, name), 'utf8')
    for (let i = 0; i < text.length; i += 101) {
      for (const changed of [
        text.slice(0, i) + text.slice(i + 1),
        `${text.slice(0, i)}{${text.slice(i)}`,
        `${text.slice(0, i)}"${text.slice(i)}`,
      ]) {
        const problems = new ProblemList('p.yml')
        parseTree(changed, problems)
        t.true(problems.sorted().length <= 3, changed)
        t.notThrows(() => slipsOf(changed))
      }
    }
  }
})
