import test from 'ava'
import { memoryWords, pixelWords, resolutionWords, shareWords, sizeWords } from '../../../src/core/text/option-words.js'
import { realIn } from '../../../src/readers/mrxs/ini.js'
import { vmsFiles } from '../../../src/readers/openslide/vms.js'
import { readsAs } from '../../../src/sources/common/carried.js'

/** Each would keep a search that tries all places for all others busy for longer than anybody waits. */
const long = 100_000
const texts = [
  `0${'0'.repeat(long)},${'\t'.repeat(long)} ,0)`,
  `${' '.repeat(long)}x`,
  `1${' '.repeat(long)}x0${' '.repeat(long)}y`,
  `mag${' '.repeat(long)}i`,
]

test('a value of any length is told soon to be none', (t) => {
  for (const words of [memoryWords, pixelWords, resolutionWords, shareWords, sizeWords])
    for (const text of texts) t.regex(words(text) ?? '', / is no /)
})

test('a text of any length is soon no number', (t) => {
  const text = `${'0'.repeat(3 * long)}x`
  t.false(readsAs(text, 'number', false))
  t.true(readsAs('1.', 'number', false) && readsAs('.5e3', 'number', false))
  t.is(realIn({ uri: 'x', groups: new Map([['g', new Map([['k', text]])]]) }, 'g', 'k'), undefined)
})

test('the names in a VMS are found soon, whatever stands between them', async (t) => {
  const text = Buffer.from(`${'\n'.repeat(long)}MapFile=a${' '.repeat(long)}b\nMacroImage = c.jpg \r\n`)
  const source = { uri: 'x.vms', size: text.length, read: async () => text } as never
  const files = { sibling: (name: string) => name.slice(-5) }
  t.deepEqual(await vmsFiles(source, { files } as never), ['x.vms', '    b', 'c.jpg'])
})
