import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import test from 'ava'
import { classesOf } from '../../../src/workshop/own/class-names.js'
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
