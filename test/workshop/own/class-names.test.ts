import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { classesOf, namesInMetadata } from '../../../src/workshop/own/class-names.js'
import { scratch } from '../../models/folder.js'

test('a number in front of a line is that of its class, whatever the order of the lines; others are part of the name', async (t) => {
  const file = path.join(await scratch(t), 'labels.txt')
  for (const [text, names] of [
    ['a\nb\n\n c \n', ['a', 'b', 'c']],
    ['0,a\n1,b\n2,c', ['a', 'b', 'c']],
    ['1: a\r\n2: b\r\n3: c\r\n', ['a', 'b', 'c']],
    // As a dictionary is printed, or lines are sorted as text: 10 comes before 2.
    ['2 c\n0 a\n1 b', ['a', 'b', 'c']],
    [
      [...Array(11).keys()]
        .sort()
        .map((n) => `${n} c${n}`)
        .join('\n'),
      Array.from({ length: 11 }, (_, n) => `c${n}`),
    ],
    // One is missing, or twice: nobody knows which class it is, and the count of the graph will not fit, or does.
    ['0 a\n2 b', ['0 a', '2 b']],
    ['1 a\n1 b', ['1 a', '1 b']],
    ['4 cells\n8 cells', ['4 cells', '8 cells']],
    ['x\nx', ['x (0)', 'x (1)']],
  ] as const) {
    await writeFile(file, text)
    t.deepEqual(await classesOf(file), [...names])
  }
})

const files: [title: string, text: string, names: readonly string[]][] = [
  ['the number in a column behind', 'fat,2\ntumour,0\nstroma,1\n', ['tumour', 'stroma', 'fat']],
  ['columns with names, by tabs', 'name\tindex\nfat\t2\ntumour\t0\nstroma\t1\n', ['tumour', 'stroma', 'fat']],
  ['columns with names, the number first', 'index,name\n1,stroma\n0,tumour\n', ['tumour', 'stroma']],
  ['quoted columns', '"0","fat, mostly"\n"1","stroma"\n', ['fat, mostly', 'stroma']],
  ['a number that is part of the name', 'grade 2\ngrade 0\ngrade 1\n', ['grade 2', 'grade 0', 'grade 1']],
  ['the number behind a colon', 'fat: 2\ntumour: 0\nstroma: 1\n', ['tumour', 'stroma', 'fat']],
  ['the number behind an equals sign', 'fat=2\ntumour=0\nstroma=1\n', ['tumour', 'stroma', 'fat']],
  ['the number behind a space, of names that differ', 'fat 2\ntumour 0\nsmooth muscle 1\n', ['tumour', 'smooth muscle', 'fat']],
  [
    'a table that pandas has numbered as well',
    ',class,idx\n0,fat,2\n1,tumour,0\n2,"stroma, dense",1\n',
    ['tumour', 'stroma, dense', 'fat'],
  ],
  ['a table with more columns', 'id;name;r;g;b\n1;stroma;1;2;3\n0;tumour;4;5;6\n', ['tumour', 'stroma']],
  ['lines of an old Macintosh', 'a\rb\r', ['a', 'b']],
  ['a column of colours', 'a,#ff0000\nb;#00FF00\n', ['a', 'b']],
  ['numbers, names and colours, under their names', 'id,name,color\n1,b,#ff0000\n0,a,#00ff00\n', ['a', 'b']],
  ['a line that is a comment', '# classes of the run\na\nb\n', ['a', 'b']],
  ['a list of YAML', '- a\n- b\n', ['a', 'b']],
  ['a list of JSON', '["a",\n "b"]', ['a', 'b']],
  ['class_indices of Keras', '{"stroma": 1, "tumour": 0}', ['tumour', 'stroma']],
  ['id2label of Hugging Face', '{"id2label": {"1": "b", "0": "a"}, "label2id": {"a": 0, "b": 1}}', ['a', 'b']],
  ['class_to_idx below its key', '{"class_to_idx": {"stroma": 1, "tumour": 0}, "epochs": 9}', ['tumour', 'stroma']],
  ['categories of COCO', '{"categories": [{"id": 2, "name": "stroma"}, {"id": 1, "name": "tumour"}]}', ['tumour', 'stroma']],
  ['labels of ImageNet', '{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"]}', ['tench', 'goldfish']],
]

for (const [title, text, names] of files) {
  test(`labels: ${title}`, async (t) => {
    const file = path.join(await scratch(t), 'labels')
    await writeFile(file, text)
    t.deepEqual(await classesOf(file), names)
  })
}

test('YAML of Ultralytics, and numbers by name in YAML', async (t) => {
  const file = path.join(await scratch(t), 'data.yaml')
  for (const text of [
    'nc: 2\nnames:\n  1: stroma\n  0: tumour\n',
    'nc: 2\nnames: [tumour, stroma]\n',
    'stroma: 1\ntumour: 0\n',
    '- tumour\n- stroma\n',
  ]) {
    await writeFile(file, text)
    t.deepEqual(await classesOf(file), ['tumour', 'stroma'])
  }
})

test('numbers of classes that are not those of all are refused in a column, and so are letters of another encoding', async (t) => {
  const file = path.join(await scratch(t), 'labels.csv')
  for (const [text, message] of [
    ['0,a\n1,b\n3,c\n', /numbers of classes in front of its lines that are not 0 to 2, each once$/],
    ['name,id\na,101\nb,205\n', /numbers of classes under 'id' that are not 0 to 1, each once$/],
    [Buffer.from('tumour\nstr\xf6ma\n', 'latin1'), /is no text in UTF-8$/],
  ] as const) {
    await writeFile(file, text)
    await t.throwsAsync(classesOf(file), { code: 'CARD_INVALID', message })
  }
})

test('JSON and YAML name all classes in one line of any length', async (t) => {
  const names = Array.from({ length: 200 }, (_, i) => `a class ${i}`)
  for (const [name, text] of [
    ['data.yaml', `nc: 200\nnames: [${names.map((one) => `'${one}'`).join(', ')}]\n`],
    ['names.json', JSON.stringify(names)],
  ] as const) {
    const file = path.join(await scratch(t), name)
    await writeFile(file, text)
    t.deepEqual(await classesOf(file), names)
  }
})

test('a number of a class that is there twice in YAML is told with its line', async (t) => {
  const file = path.join(await scratch(t), 'data.yaml')
  await writeFile(file, 'names:\n  0: a\n  1: b\n  1: c\n')
  await t.throwsAsync(classesOf(file), { code: 'CARD_INVALID', message: /data\.yaml:4:3 .*must be unique/ })
})

test('JSON that names no classes is refused, not taken line by line', async (t) => {
  const file = path.join(await scratch(t), 'labels.json')
  for (const text of ['{"a": 0, "b": 2}', '{\n"a": 1.5\n}', '[1, 2]', '{"a": 0,\n', 'a\0\nb\0']) {
    await writeFile(file, text)
    await t.throwsAsync(classesOf(file), { code: 'CARD_INVALID' })
  }
})

test('text of anyone that is no names is told so, or is none, and soon', async (t) => {
  const file = path.join(await scratch(t), 'labels.txt')
  await writeFile(file, `id,name,about\n0,a,${'of '.repeat(1000)}\n1,b,\n`)
  t.deepEqual(await classesOf(file), ['a', 'b'])
  await writeFile(file, `0 a\n1${'\t'.repeat(100_000)}\nb`)
  await t.throwsAsync(classesOf(file), { code: 'CARD_INVALID', message: /more than 1000 letters/ })
  t.is(namesInMetadata(new Map([['names', `a${' '.repeat(200_000)}b`]])), null)
  t.is(namesInMetadata(new Map([['names', `{${'0'.repeat(200_000)}`]])), null)
})
