/** The names of a list's columns: ours in capital or small letters, and what a list without our column is told. */

import { PipelineError } from '../../core/errors.js'

/** Each goes into every row. */
const mostColumns = 10_000

const firstLine = 'its first line must name the columns: uri, and if wanted others'

/** `URI` is uri, `Label` is label, unless one is there that is written as we write it. */
export function asOurs(names: readonly string[], own: readonly string[], file: string): readonly string[] {
  if (names.length > mostColumns)
    throw new PipelineError('LIST_INVALID', `this line names ${names.length} columns; a list has at most ${mostColumns}`, {
      hint: 'leave those out that the rows shall not carry',
      at: { file, line: 1, column: 1 },
    })
  const ours = (name: string): string => {
    const small = name.toLowerCase()
    return own.includes(small) && !names.includes(small) ? small : name
  }
  const columns = names.map(ours)
  const at = { file, line: 1, column: 1 }
  const twice = columns.findIndex((name, i) => columns.indexOf(name) !== i)
  if (twice >= 0) {
    const both = names.filter((_, i) => columns[i] === columns[twice])
    const what =
      new Set(both).size === 1 ? `the column '${both[0]}' is there twice` : `'${both.join("' and '")}' would both be ${columns[twice]}`
    const hint = columns.some((name) => own.includes(name))
      ? 'rename one of them'
      : `rename one of them, or, if these are no names, write them above: ${firstLine}`
    throw new PipelineError('LIST_INVALID', what, { hint, at })
  }
  const nameless = columns.indexOf('')
  if (nameless < 0) return columns
  throw new PipelineError('LIST_INVALID', `column ${nameless + 1} has no name`, {
    hint: 'name it in the first line, or take it out',
    at,
  })
}

/** Names of files that are slides or pictures. */
const isFile = /\.(svs|tiff?|btf|tf[28]|png|jpe?g|webp|npy|ndpi|mrxs|vsi|vms|scn|bif|czi|dcm|jp2|j2k|isyntax|zarr)$/i

/** What people call the column of files, the surest first. */
const called = [/path|uri|url/i, /file|location|source|src|address/i, /image|img|slide|wsi|scan|tile|patch|picture/i, /name/i]

/** Throws unless one is named uri; `first` are the values of the first line, which show what was meant. */
export function mustNameFiles(columns: readonly string[], first: readonly string[], file: string): void {
  if (columns.includes('uri')) return
  const at = { file, line: 1, column: 1 }
  if (columns.some((name) => isFile.test(name)))
    throw new PipelineError('LIST_INVALID', `this list does not name its columns; it begins with ${columns.join(', ')}`, {
      hint: firstLine,
      at,
    })
  const joined = columns.length === 1 && /[|\s]/.test(columns[0]!)
  const meant = joined ? undefined : fileColumn(columns, first)
  const hint =
    meant === undefined
      ? 'name the column of the files uri; columns are separated by commas, semicolons or tabs'
      : `rename '${meant}' to uri`
  throw new PipelineError('LIST_INVALID', `this list has no column uri; it has ${columns.join(', ')}`, { hint, at })
}

/** The column that holds files, as its first value shows, else as its name says. */
function fileColumn(columns: readonly string[], first: readonly string[]): string | undefined {
  const holding = columns.filter((_, i) => isFile.test(first[i] ?? ''))
  const among = holding.length > 0 ? holding : columns
  for (const names of called) {
    const found = among.find((name) => names.test(name) && !/mask|label|_id$/i.test(name))
    if (found !== undefined) return found
  }
  return holding.find((name) => !/mask/i.test(name))
}

/** What other programs call the columns that decide how a slide is read; `what` it would be taken for. */
const alike: readonly (readonly [own: string, what: string, names: RegExp])[] = [
  ['mpp', 'the size of a pixel', /^mpp([ _.-]?(x|y|um|µm|level|0|\([^()]*\)))+$/i],
  ['mpp', 'the size of a pixel', /^(microns?|um|µm)[ _.-]?per[ _.-]?(pixel|px)([ _.-]?[xy])?$/i],
  ['mpp', 'the size of a pixel', /^(pixel|px)[ _.-]?(size|spacing|width)([ _.-]?(x|y|um|µm|microns?|\([^()]*\)))*$/i],
  ['mpp', 'the size of a pixel', /^(resolution|spacing)([ _.-]?(x|um|µm|mpp))?$/i],
  ['power', 'the power of the objective', /^(app[a-z]*[ _.-]?)?(mag(nification)?|objective|obj|lens)([ _.-]?(power|magnification|x|0))*$/i],
  ['mask', 'the mask of the slide', /^((tissue|roi)[ _.-]?masks?|masks?[ _.-]?(path|file|filename|uri|url|image|png|geojson|location))$/i],
]

/** One sentence for each column that is carried although its name says what another of ours is for; `declared` ones are meant so. */
export function alikeOf(columns: readonly string[], declared: readonly string[], file: string): readonly string[] {
  return alike.flatMap(([own, what, names]) => {
    const [first] = columns.includes(own) ? [] : columns.filter((name) => names.test(name) && !declared.includes(name))
    if (first === undefined) return []
    return [
      `${file}: its column '${first}' only goes into the rows, it is not taken for ${what}: rename it to ${own} if it is that, or name it in columns:`,
    ]
  })
}
