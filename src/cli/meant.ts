/** What a person meant by a word that is no command: a file whose command was left out, a command of `models`, or another word for one of ours. */

/** Which command takes such a file. */
const files: readonly [ending: RegExp, command: string][] = [
  [/\.ya?ml$/i, 'run'],
  [/\.(parquet|arrow)$/i, 'show'],
  [/\.(svs|tiff?|btf)$/i, 'inspect'],
  [/\.onnx$/i, 'models import'],
  [/\.(pth|pt|safetensors)$/i, 'models convert'],
]

/** Other words for our commands. */
const words: Readonly<Record<string, string>> = {
  validate: 'check',
  lint: 'check',
  verify: 'check',
  info: 'inspect',
  serve: 'view',
  viewer: 'view',
  open: 'view',
  start: 'run',
  infer: 'run',
  predict: 'run',
  new: 'init',
  create: 'init',
  score: 'evaluate',
  eval: 'evaluate',
  metrics: 'evaluate',
  html: 'report',
  cat: 'show',
  head: 'show',
  describe: 'show',
  explain: 'plan',
  dry: 'plan',
  'dry-run': 'plan',
  thumb: 'thumbnail',
  heatmap: 'overlay',
  draw: 'overlay',
  to: 'export',
  model: 'models',
  download: 'models pull',
  fetch: 'models pull',
  pull: 'models pull',
  list: 'models list',
  import: 'models import',
  convert: 'models convert',
  quantize: 'models quantize',
  quantise: 'models quantize',
  version: '--version',
}

/** A question as commander asks it, or undefined. */
export function meantBy(word: string): string | undefined {
  const command = files.find(([ending]) => ending.test(word))?.[1]
  if (command !== undefined) return `Did you mean tiastream ${command} ${word}?`
  const ours = Object.hasOwn(words, word.toLowerCase()) ? words[word.toLowerCase()] : undefined
  return ours === undefined ? undefined : `Did you mean tiastream ${ours}?`
}
