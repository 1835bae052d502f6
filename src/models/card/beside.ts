/**
 * What the files of timm, Hugging Face and open_clip beside a graph say of how pictures are prepared, as options of `models import` are written. They say
 * nothing of the resolution.
 */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { inList } from '../../core/name-list.js'

export type Fields = Readonly<Record<string, unknown>>

/** A text each: `224`, `0.5,0.5,0.5`; what nobody says is absent. */
export interface Said {
  readonly size?: string
  readonly scale?: string
  readonly mean?: string
  readonly std?: string
  readonly channels?: 'BGR'
  readonly activation?: 'sigmoid'
  readonly classes?: string
}

const pictureFile = 'preprocessor_config.json'
const clipFile = 'open_clip_config.json'
/** Where Hugging Face has it since version 5 of transformers, of a model of pictures and words. */
const processorFile = 'processor_config.json'

/** Names of the files that say something, and what. Hugging Face keeps graphs in a folder `onnx` below them. */
export async function saidBeside(folder: string): Promise<{ readonly files: readonly string[]; readonly said: Said } | null> {
  const places = path.basename(path.resolve(folder)) === 'onnx' ? [folder, path.dirname(path.resolve(folder))] : [folder]
  for (const place of places) {
    const names = ['config.json', pictureFile, clipFile, processorFile]
    const plain = await Promise.all(names.slice(0, 3).map((name) => fieldsOf(path.join(place, name))))
    const read = [...plain, plain[1] ? null : await processorIn(place)]
    const [config, pictures, clip, processor] = read
    const said = saidIn(config ?? {}, pictures ?? processor ?? {}, clip ?? {})
    if (config?.spec_version === undefined && Object.keys(said).length > 0) return { files: names.filter((_, i) => read[i] !== null), said }
  }
  return null
}

/** `written` is config.json. */
export async function saidWith(written: Fields, folder: string): Promise<Said> {
  return saidIn(written, (await fieldsOf(path.join(folder, pictureFile))) ?? (await processorIn(folder)) ?? {}, {})
}

async function processorIn(folder: string): Promise<Fields | null> {
  const all = await fieldsOf(path.join(folder, processorFile))
  return isFields(all?.image_processor) ? all.image_processor : null
}

function saidIn(written: Fields, pictures: Fields, clip: Fields): Said {
  const config = isFields(written.pretrained_cfg) ? written.pretrained_cfg : isFields(clip.preprocess_cfg) ? clip.preprocess_cfg : written
  // What is cut out of the middle is what the network sees; `size` is what the picture is brought to before.
  const cut = pictures.do_center_crop === false ? null : sideIn(pictures.crop_size)
  // Models of pictures and words keep it with what is of pictures.
  const seeing = [written.vision_config, isFields(clip.model_cfg) ? clip.model_cfg.vision_cfg : null].find(isFields)
  const size =
    sideIn(config.input_size) ??
    cut ??
    sideIn(pictures.size) ??
    sideIn(config.image_size) ??
    sideIn(config.size) ??
    sideIn(seeing?.image_size)
  // A MobileViT's has means that it does not take away.
  const { do_normalize: does = pictures.do_flip_channel_order !== true } = pictures
  const normal = does === false ? {} : pictures
  // An EfficientNet's picture is moved to -1 to 1 before the mean, and divided by the deviation twice.
  const moved = pictures.rescale_offset === true ? 1 : 0
  const power = pictures.include_top === true ? 2 : 1
  const mean = tripleIn(config.mean ?? normal.image_mean)?.map((value) => value + moved) ?? (moved === 1 ? [1, 1, 1] : null)
  const std = tripleIn(config.std ?? normal.image_std)?.map((value) => value ** power)
  const scale = scaleIn(pictures)
  // The names of numbers are no classes.
  const names =
    written.problem_type === 'regression'
      ? null
      : (namesIn(config.label_names) ?? (isFields(written.id2label) ? namesIn(Object.values(written.id2label)) : null))
  return {
    ...(size === null ? {} : { size }),
    ...(scale === null ? {} : { scale }),
    ...(mean ? { mean: mean.join(',') } : {}),
    ...(std ? { std: std.join(',') } : {}),
    ...(pictures.do_flip_channel_order === true ? { channels: 'BGR' } : {}),
    ...(written.problem_type === 'multi_label_classification' ? { activation: 'sigmoid' } : {}),
    ...(names && names.length <= 20 ? { classes: names.map(inList).join(',') } : {}),
  }
}

/** What a JSON file holds; null where it is not there, or holds no object. */
export async function fieldsOf(file: string): Promise<Fields | null> {
  try {
    const read: unknown = JSON.parse(await readFile(file, 'utf8'))
    return isFields(read) ? read : null
  } catch {
    return null
  }
}

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** 224, [3, 224, 224] or { height: 224, width: 320 }: as width, or width × height. */
function sideIn(value: unknown): string | null {
  const [height, width] = Array.isArray(value)
    ? [value.at(-2), value.at(-1)]
    : isFields(value)
      ? [value.height ?? value.shortest_edge, value.width ?? value.shortest_edge]
      : [value, value]
  if (!Number.isInteger(width)) return null
  return Number.isInteger(height) && height !== width ? `${width}x${height}` : String(width)
}

/** Pixels are multiplied by 1/255 where it says nothing else. */
function scaleIn({ do_rescale: does, rescale_factor: factor }: Fields): string | null {
  if (does === false) return '1'
  if (typeof factor !== 'number' || Math.abs(factor * 255 - 1) < 1e-3) return null
  return Math.abs(factor * 127.5 - 1) < 1e-3 ? '1/127.5' : String(factor)
}

/** One number stands for all three. */
function tripleIn(value: unknown): readonly number[] | null {
  if (typeof value === 'number') return [value, value, value]
  return Array.isArray(value) && value.length === 3 && value.every((one) => typeof one === 'number') ? value : null
}

const namesIn = (value: unknown): readonly string[] | null =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string') ? value : null
