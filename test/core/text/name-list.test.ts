import test from 'ava'
import { inList, namesIn } from '../../../src/core/text/name-list.js'

test('names stand between commas, one with a comma in quotes, as in CSV', (t) => {
  t.deepEqual(namesIn('a,b'), ['a', 'b'])
  t.deepEqual(namesIn(' tumour , stroma '), ['tumour', 'stroma'])
  t.deepEqual(namesIn('"stroma, dense" ,tumour'), ['stroma, dense', 'tumour'])
  t.deepEqual(namesIn('"say ""x"", y",5" wide'), ['say "x", y', '5" wide'])
  t.deepEqual(namesIn('a,,'), ['a', '', ''])
  for (const open of ['"a, b', 'a,"b', '"a" b']) t.is(namesIn(open), null, open)
})

test('what is written so is read so', (t) => {
  const names = ['tumour', 'stroma, "dense"', '"quoted"', 'crohn\'s 5"', 'LYM α']
  t.deepEqual(namesIn(names.map(inList).join(',')), names)
})
