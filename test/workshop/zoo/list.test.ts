import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import test from 'ava'
import { modelsCommand } from '../../../src/cli/models/index.js'
import { modelList } from '../../../src/cli/models/list.js'
import { packageRoot } from '../../../src/core/package-root.js'

const cache = await mkdtemp(path.join(os.tmpdir(), 'tiastream-list-'))
process.env.TIASTREAM_MODELS = cache
await mkdir(path.join(cache, 'resnet18-pcam'))
await mkdir(path.join(cache, 'alexnet-pcam'))
await mkdir(path.join(cache, 'mine'))
await writeFile(path.join(cache, 'resnet18-pcam', 'model.yml'), 'name: resnet18-pcam')
await writeFile(path.join(cache, 'mine', 'model.yml'), 'name: mine')
await writeFile(path.join(cache, 'alexnet-pcam', 'model.onnx'), 'without a card')

test.after.always(() => rm(cache, { recursive: true, force: true }))

test('the list says what each model is, and which are here; a folder without a card is not', async (t) => {
  const lines = (await modelList({})).split('\n')
  t.is(lines.filter((line) => /-(kather100k|pcam) /.test(line)).length, 34)
  t.regex(lines.find((line) => line.startsWith('resnet18-pcam'))!, /2 +96 px at 1 mpp +0\.888 +CC0-1\.0 +huggingface\.co\/TIACentre +here$/)
  t.regex(lines.find((line) => line.startsWith('alexnet-pcam'))!, /CC0-1\.0 +huggingface\.co\/TIACentre$/)
  t.true(lines.includes('other models here: colour, mine, stain, surroundings'))
})

test('as JSON it has everything', async (t) => {
  const { pretrained, others } = JSON.parse(await modelList({ json: true, here: true }))
  t.deepEqual(others, ['colour', 'mine', 'stain', 'surroundings'])
  t.is(pretrained.length, 1)
  t.like(pretrained[0], { name: 'resnet18-pcam', size: 96, here: true, classes: [{ name: 'normal' }, { name: 'tumour' }] })
})

test('the tables in the docs are those of the zoo', async (t) => {
  const docs = await readFile(`${packageRoot}docs/models.md`, 'utf8')
  t.true(docs.includes(await modelList({ markdown: true })), 'put in what tiastream models list --markdown prints')
})

test('every command below models has its description', (t) => {
  const commands = modelsCommand().commands
  for (const name of ['list', 'pull', 'convert']) t.truthy(commands.find((command) => command.name() === name)?.description())
})
