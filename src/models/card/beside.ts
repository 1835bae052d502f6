/**
 * What the files of timm, Hugging Face, open_clip and MONAI beside a graph say of how pictures are prepared, as options of `models import` are written. They
 * say nothing of the resolution.
 */

import path from 'node:path'
import { inList } from '../../core/text/name-list.js'
import { saidInBundle } from './bundle.js'
import { type Fields, fieldsOf, isFields, namesIn, type Said, sideIn, tripleIn } from './said.js'

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
  return saidInBundle(folder)
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
  // The names of numbers are no classes. timm's own writer lays `label_names` beside `pretrained_cfg`.
  const names = written.problem_type === 'regression' ? null : namesOf(config.label_names ?? written.label_names ?? written.id2label)
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

/** A list, or names by number, of which none may be left out. */
const namesOf = (value: unknown): readonly string[] | null =>
  namesIn(isFields(value) && Object.keys(value).every((key, i) => key === String(i)) ? Object.values(value) : value)

/** Pixels are multiplied by 1/255 where it says nothing else. */
function scaleIn({ do_rescale: does, rescale_factor: factor }: Fields): string | null {
  if (does === false) return '1'
  if (typeof factor !== 'number' || Math.abs(factor * 255 - 1) < 1e-3) return null
  return Math.abs(factor * 127.5 - 1) < 1e-3 ? '1/127.5' : String(factor)
}
