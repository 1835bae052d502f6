/**
 * Python objects of a checkpoint that no tensor is made of: settings, counters, states of optimisers. They are kept as a name and what was put into
 * them; nothing is imported and nothing called.
 */

import { ModelError } from '../../core/errors.js'

export class Inert {
  /** `module.name` */
  readonly name: string
  /** Attributes and items that have names. */
  readonly fields = new Map<unknown, unknown>()

  constructor(name: string) {
    this.name = name
  }

  /** What BUILD gives: attributes, or a pair of them and those in slots. */
  take(...states: readonly unknown[]): void {
    for (const state of states) if (state instanceof Map) for (const [key, value] of state) this.fields.set(key, value)
  }
}

/** Modules of which a checkpoint wants nothing but to run something. */
const programs =
  /^(os|posix|nt|subprocess|sys|pty|platform|socket|ssl|shutil|signal|ctypes|importlib|runpy|code|codeop|webbrowser|pip|commands|pickle|_pickle|dill|cloudpickle|marshal|pdb|bdb|timeit|cProfile|profile|asyncio|multiprocessing|threading|http|urllib|requests|smtplib|ftplib|tempfile|linecache|pydoc|venv|torch\.hub|torch\.jit|torch\._dynamo|torch\._inductor|torch\.utils\.cpp_extension|numpy\.testing)(\.|$)/
/** Of Python's own names only kinds of values. */
const plainValues = new Set([
  'set',
  'frozenset',
  'list',
  'dict',
  'tuple',
  'slice',
  'range',
  'complex',
  'bytearray',
  'bytes',
  'object',
  'int',
  'float',
  'str',
  'bool',
])

/** Such an object of this name. Throws PICKLE_REFUSED where the file would run a program: whoever wrote it is not to be trusted with the rest either. */
export function inertOf(module: string, name: string, subject: string): Inert {
  const hostile = programs.test(module) || (/^(__builtin__|builtins)$/.test(module) && !plainValues.has(name))
  if (!hostile) return new Inert(`${module}.${name}`)
  throw new ModelError('PICKLE_REFUSED', `${subject} asks for the Python object ${module}.${name}`.slice(0, 400), {
    hint: 'a file of weights has no use for it; nothing in the file is ever executed: in Python, torch.save(model.state_dict(), …) or save safetensors',
  })
}
