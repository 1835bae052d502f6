/** What a person is told who types a command that is none: in the words of that command, with the way to its help. */

import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { commands } from '../../src/cli/index.js'
import { main } from '../../src/cli/program.js'
import { fromHome } from '../../src/core/host/user.js'
import { packageRoot } from '../../src/core/package-root.js'
import { cacheFolder as models } from '../../src/models/card/find.js'
import { scratchFolder } from '../../src/pipeline/store/scratch.js'
import { cacheFolder } from '../../src/remote/download.js'
import { tempFolder } from '../support/temp.js'

async function told(line: string): Promise<[code: number, error: string]> {
  let error = ''
  const code = await main(line.split(' ').filter(Boolean), (text) => {
    error += text
  })
  return [code, error]
}

const forEach = 'a name with spaces stands in quotes; for several files, call it for each.'

const cases: readonly [line: string, what: RegExp, remedy: string][] = [
  ['run', /missing required argument 'pipeline'/, 'tiastream run --help says what it takes'],
  ['run --lans 3 p.yml', /unknown option '--lans'/, 'Did you mean --lanes? tiastream run --help says what it takes'],
  ['run --lanes many p.yml', /'--lanes <n>' argument 'many' is invalid/, 'tiastream run --help says what it takes'],
  [
    'run --slides 65 p.yml',
    /'--slides <n>' argument '65' is invalid\. write a whole number from 1 to 64/,
    'tiastream run --help says what it takes',
  ],
  ['run --lanes', /'--lanes <n>' argument missing/, 'tiastream run --help says what it takes'],
  [
    'run a.yml b.yml',
    /too many arguments for 'run': it takes <pipeline>, and 'b.yml' is one more/,
    `${forEach} tiastream run --help says what it takes`,
  ],
  [
    'export a.parquet b.parquet --to csv',
    /it takes <table or folder>, and 'b.parquet' is one more/,
    `${forEach} tiastream export --help says what it takes`,
  ],
  ['export t.parquet', /required option '--to <form>' not specified/, 'tiastream export --help says what it takes'],
  ['view . --port 70000', /a port is 0 to 65535/, 'tiastream view --help says what it takes'],
  ['view . --port=', /a port is 0 to 65535/, 'tiastream view --help says what it takes'],
  ['models convert w.pth --mean 0.5,,0.4', /write three numbers/, 'tiastream models convert --help says what it takes'],
  ['models import m.onnx --pool mean --prefix-tokens 1.5', /write a whole number/, 'tiastream models import --help says what it takes'],
  ['init slide', /'slide' is invalid .* choices are slides, tiles, patches/, 'tiastream init --help says what it takes'],
  ['thumbnail a.svs --mpp abc', /write a number above 0/, 'tiastream thumbnail --help says what it takes'],
  ['thumbnail a.svs --longest -3', /write a number above 0/, 'tiastream thumbnail --help says what it takes'],
  ['report out -o page.pdf', /end it in \.html/, 'tiastream report --help says what it takes'],
  ['work --device gpu', /'gpu' is invalid\. it is no device; these are: .*cuda/, 'tiastream work --help says what it takes'],
  ['models import', /missing required argument 'onnx'/, 'tiastream models import --help says what it takes'],
  ['models verify m --bogus', /unknown option '--bogus'/, 'tiastream models verify --help says what it takes'],
  ['models lst', /unknown command 'lst'/, 'Did you mean list? tiastream models --help lists the commands'],
  ['chek', /unknown command 'chek'/, 'Did you mean check? tiastream --help lists the commands'],
  ['help chek', /unknown command 'chek'/, 'tiastream --help lists the commands'],
  ['xyzzy', /unknown command 'xyzzy'/, 'tiastream --help lists the commands'],
  ['constructor', /unknown command 'constructor'/, 'tiastream --help lists the commands'],
  ['slides.yml', /unknown command/, 'Did you mean tiastream run slides.yml? tiastream --help lists the commands'],
  ['out/a.parquet', /unknown command/, 'Did you mean tiastream show out/a.parquet? tiastream --help lists the commands'],
  ['list', /unknown command/, 'Did you mean tiastream models list? tiastream --help lists the commands'],
  ['validate', /unknown command/, 'Did you mean tiastream check? tiastream --help lists the commands'],
  ['run p.yml –o out', /'–o' begins with a dash of a word processor/, 'write -o'],
  ['run p.yml —redo', /'—redo' begins with a dash of a word processor/, 'write --redo'],
  ['run –-lanes=2 p.yml', /'–-lanes=2' begins with a dash of a word processor/, 'write --lanes'],
  ['export t.parquet —to map', /'—to' begins with a dash of a word processor/, 'write --to'],
  ['models import m.onnx -o mine --output probs', /given twice; --model-output/, 'tiastream models import --help says what it takes'],
]

for (const [line, what, remedy] of cases) {
  test(`tiastream ${line}`, async (t) => {
    const [code, error] = await told(line)
    t.is(code, 2)
    const [first, second, ...rest] = error.trimEnd().split('\n')
    t.regex(first!, what)
    t.regex(first!, /\[USAGE\]$/)
    t.is(second, `  ${remedy}`)
    t.deepEqual(rest, [])
  })
}

for (const [args, what] of [
  [['run', 'p.yml', '-o', ''], "option '-o, --output <folder>'"],
  [['gather', ''], "argument 'output'"],
  [['check', 'p.yml', ''], "argument 'pipeline'"],
  [['models', 'verify', ''], "argument 'model'"],
] as const) {
  // A variable of the shell that is not set: the folder one stands in would be taken for it.
  test(`tiastream ${args.join(' ')} with nothing for ${what}`, async (t) => {
    let error = ''
    const code = await main(args, (text) => {
      error += text
    })
    t.is(code, 2)
    t.is(error, `error: ${what} is empty [USAGE]\n  is a variable not set that should be?\n`)
  })
}

// The value of the option that is taken for one may then be an argument too many.
for (const line of ['run p.yml -o --redo', 'run p.yml -o --lanes 2'])
  test(`an option for the value of another: ${line}, as where $OUT is not set`, async (t) => {
    const option = line.split(' ')[3]
    const [code, error] = await told(line)
    t.is(code, 2)
    t.is(
      error,
      `error: option '-o, --output <folder>' is given ${option}, which is an option itself [USAGE]\n  is a variable not set that should be? A file or folder of that name is ./${option}\n`,
    )
  })

test('a limit of files too low for our own code is no bug', async (t) => {
  const hook = path.join(await tempFolder(t), 'hook.mjs')
  const load = `export async function load(url, context, next) {
    if (url.endsWith('/program.js')) throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' })
    return next(url, context)
  }`
  await writeFile(
    hook,
    `import { register } from 'node:module'\nregister(${JSON.stringify(`data:text/javascript,${encodeURIComponent(load)}`)})\n`,
  )
  const call = promisify(execFile)(process.execPath, ['--import', hook, path.join(packageRoot, 'dist/src/cli.js'), '--help'])
  const { stderr, code } = (await t.throwsAsync(call)) as unknown as { stderr: string; code: number }
  t.is(code, 4)
  t.regex(stderr, /\[TOO_MANY_FILES\]\n {2}raise the limit/)
})

const posix = process.platform === 'win32' ? test.skip : test

posix('a folder that is gone is no place to stand in', async (t) => {
  const folder = await tempFolder(t)
  const gone = `mkdir gone; cd gone; rmdir ../gone; exec '${process.execPath}' '${path.join(packageRoot, 'dist/src/cli.js')}' "$@"`
  const call = promisify(execFile)('sh', ['-c', gone, 'sh', 'check', path.join(folder, 'p.yml')], { cwd: folder })
  const { stderr, code } = (await t.throwsAsync(call)) as unknown as { stderr: string; code: number }
  t.is(code, 2)
  t.regex(stderr, /error: the folder in which the command stands is gone \[USAGE\]\n {2}cd into one that is there/)
})

test('--output=~/out, which bash leaves as it is, is below the home folder', async (t) => {
  const [code, error] = await told('models convert nothing.pth --arch resnet18 --classes a,b --output=~/')
  t.is(code, 3)
  t.true(error.includes(homedir()) && error.includes('MODEL_EXISTS'), error)
  t.is(fromHome('~other/a'), '~other/a')
  t.is(fromHome('a/~/b'), 'a/~/b')
})

test('so are the folders that variables name, which systemd and files of variables leave as they are', (t) => {
  for (const [name, folder] of Object.entries({
    TIASTREAM_MODELS: models,
    TIASTREAM_CACHE: cacheFolder,
    TIASTREAM_SCRATCH: scratchFolder,
  })) {
    const before = process.env[name]
    process.env[name] = '~/x'
    t.is(folder(undefined), path.join(homedir(), 'x'), name)
    process.env[name] = 's3://lab/x'
    t.throws(() => folder(undefined), { code: 'USAGE', message: `${name} has to be a folder of this machine, and 's3://lab/x' is none` })
    if (before === undefined) delete process.env[name]
    else process.env[name] = before
  }
})

test('an address is no folder of this machine, where it has to be one', async (t) => {
  t.throws(() => scratchFolder('gs://lab/x'), { code: 'USAGE', message: /^--scratch has to be a folder/ })
  for (const line of [
    'tasks p.yml --into 2 -o s3://lab/tasks',
    'models import m.onnx -o file:///data/m',
    'models quantize stain --calibrate s --out s3:/lab/q',
  ]) {
    const [code, error] = await told(line)
    t.is(code, 2, line)
    t.regex(error, /(-o|--out) has to be a folder of this machine, and '\w+:/, line)
  }
})

test('as JSON where that is asked for', async (t) => {
  const [, error] = await told('models convert --log json')
  t.like(JSON.parse(error), { type: 'error', code: 'USAGE', hint: 'tiastream models convert --help says what it takes' })
})

test('where files go is -o, --output in every command that has it', async (t) => {
  for (const { load } of commands) {
    const command = await load()
    for (const one of [command, ...command.commands]) {
      const shown = one.options.filter(({ hidden }) => !hidden)
      t.false(
        shown.some(({ long }) => long === '--out'),
        one.name(),
      )
      const output = shown.find(({ short, long }) => short === '-o' || long === '--output')
      if (output) t.deepEqual([output.short, output.long], ['-o', '--output'], one.name())
    }
  }
})

test('--out, as tiastream 0.1 called it, is --output', async (t) => {
  // That the folder is taken is told before the file is looked at.
  const [code, error] = await told('models convert nothing.pth --arch resnet18 --classes a,b --out .')
  t.is(code, 3)
  t.regex(error, /MODEL_EXISTS/)
})
