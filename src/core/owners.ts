/**
 * Whose an error is. One slide must never end the work on the others: what goes wrong while a slide is at work fails that slide, by name,
 * unless it is in this table as the run's. A patch without pixels or without an answer is no error at all but a row that says so.
 */

import { withoutSecrets } from './address.js'
import { Bug, type ErrorRecord, moreHandles, moreThreads, recordOf, SlideError, TiastreamError } from './errors.js'
import { systemCode } from './files/system-error.js'

/**
 * `run`: no slide could go on. `slide`: this one fails, the others go on. `command`: told before anything of a slide begins (by check, or
 * by a command that is no run).
 */
export type Owner = 'run' | 'slide' | 'command'

/** Every code there is, and when it is told. The tables of errors in `docs/reference.md` are made from it. */
export const catalogue: Readonly<Record<Owner, Readonly<Record<string, string>>>> = {
  run: {
    BUG_IN_RUN: 'the threads or the order of the rows broke a promise of our own',
    CLASSES_MISSING: 'a sink needs the classes of a model, and the rows have none',
    CLASSES_TOO_MANY: 'a map holds one byte a pixel, and the model has more classes',
    CLASS_UNKNOWN: 'an overlay is to show a class that the model does not have',
    COLUMN_MISSING: 'a sink needs a column that the rows do not have',
    COMPRESSION_UNSUPPORTED: 'the engine of a sink has no such compression',
    DEVICE_LOST: 'a device failed in the middle of the run, and none is left to go on with',
    DEVICE_MISSING: 'none of the devices that are asked for is here',
    DISK_FULL: 'no space is left for the results (or the quota is used up)',
    ENGINE_MISSING: 'the engine of a sink is not installed',
    GRID_MISSING: 'a sink needs the grid of the patches, and there is none',
    JOURNAL_GONE: 'what an earlier attempt at a slide left is removed by somebody while it is taken up',
    MODEL_CHANGED: 'the file of the model is no longer what its card says',
    MODEL_REFUSED: 'the runtime does not load the model',
    NODE_FORBIDS: 'Node was started so that it refuses what a run needs: native modules, functions made as it runs, files or threads',
    OUTPUT_BUSY: 'another run, or another program, holds the results',
    OUTPUT_DENIED: 'the results may not be written: permissions, a read-only disk',
    OUTPUT_DIFFERS: 'the output holds results of other options',
    OUTPUT_ESCAPES: 'a symbolic link, or a name that others wrote into a lease or receipt, leads out of the output folder',
    OUTPUT_FAILED: 'the disk of the results says an error of its own (EIO …)',
    OUTPUT_MISSING: 'the output folder is gone, or the bucket of the results is not there',
    OUTPUT_NO_CONDITIONS: 'the store of the results writes over objects although it is told not to',
    OUTPUT_RENAMED: 'the store of the results makes one slash of two in names, and the address has two',
    OUTPUT_UNREACHABLE: 'the store of the results does not answer, also after eight tries',
    PACKAGE_BUNDLED: 'tiastream was bundled into another file, away from its threads and models',
    PICTURE_OF_SET: 'a map or a picture of a set of patches, which has none',
    PLACE_MISSING: 'a sink needs the places of the patches, and ready-cut ones have none',
    ROWS_MODULE: 'the module of a rows stage does not load, or lacks the function',
    PLUGIN_INVALID: 'the module of a plugin does not load, takes too long, or exports no plugin',
    RUNTIME_MISSING: 'onnxruntime is not installed',
    SHARP_MISSING: 'sharp, which reads and writes pictures, is not installed',
    VALUE_UNSUPPORTED: 'a sink has no way to write a column of this type',
  },
  slide: {
    BUG: 'a broken promise of our own about this slide (outside of a run: of the command)',
    CODEC_MISSING: 'the decoder that this slide needs is not installed',
    GRID_TOO_LARGE: 'more patches than rows can number, or places beyond 2^31',
    GRID_UNSUPPORTED: 'the layout of a sink has one number for the two sides of a patch, and they differ',
    LANE_DIED: 'the slide ended the thread that worked on it, twice',
    MASK_MISSING: 'the mask of this slide is not there',
    MASK_TOO_LARGE: 'the mask of this slide would have too many pixels',
    MASK_UNREADABLE: 'the mask of this slide cannot be read',
    MODEL_FAILED: 'the runtime failed at a batch of this slide',
    OUTPUT_BROKEN: 'a finished file of this slide is not whole',
    OUTPUT_NAME: 'the name of a file of this slide is too long for the file system',
    OUTPUT_NOT_FINITE: 'a model of masks says no number (a model of patches: a row, see below)',
    OUTPUT_NOT_PROBABILITY: 'an output of classes holds numbers that are no probabilities',
    OUTPUT_TAKEN: 'a folder, or a file of another maker, has the name of a file of this slide',
    OUTPUT_TOO_LARGE: 'a file of this slide grows beyond its format or the file system',
    PATCH_SIZE: 'a picture of a set has another size than the first one',
    PICTURE_TOO_LARGE: 'a map or picture of this slide would be larger than its format allows, or than is sensible',
    PLACES_MISSING: 'the list of the places of the patches of this slide is not there',
    PLACES_UNREADABLE: 'the list of the places of the patches of this slide cannot be read, or is of another slide',
    PLUGIN_COLUMNS: 'a part of a plugin gives other columns, or values, than it says',
    PLUGIN_FAILED: 'a part of a plugin failed, or broke a promise',
    READER_MISSING: 'the slide is to be read by OpenSlide, which is not installed, or has known holes',
    ROWS_FUNCTION: "the user's own function failed on the rows of this slide",
    ROWS_LOST: 'a finished file holds other rows than were given to it',
    ROWS_OUT_OF_ORDER: 'a map gets rows in another order than the grid',
    ROW_INVALID: 'a row holds a value that its column does not take',
    SHAPE_MISMATCH: 'patches, graph and card disagree about a size',
    SLIDE_CHANGED: 'the slide was written to during the run',
    SLIDE_CLOSED: 'the slide was asked for pixels after it was closed',
    SLIDE_FORBIDDEN: 'the slide may not be read',
    SLIDE_MALFORMED: 'the slide breaks the rules of its format',
    SLIDE_MISSING: 'the slide is not there',
    SLIDE_NO_LEVEL: 'the slide has no such level',
    SLIDE_NO_MEMORY: 'this slide asks for more memory than can be had',
    SLIDE_NO_PICTURE: 'the slide has no such picture beside it',
    SLIDE_NO_RANGES: 'the server of the slide gives whole files only, or does not say how large they are',
    SLIDE_NO_RESOLUTION: 'the slide does not say how large a pixel is, or something absurd',
    SLIDE_TOO_LARGE: 'the slide is beyond one of the limits',
    SLIDE_TRUNCATED: 'the slide ends before it should',
    SLIDE_UNREACHABLE: 'the server of the slide does not answer, also after five tries',
    SLIDE_UNREADABLE: 'the disk of the slide says an error (EIO …)',
    SLIDE_UNSUPPORTED: 'the slide is of a kind that is not read',
    TARGET_UNUSABLE: 'the picture that stainnorm aims at cannot be read, or hardly anything is stained in it',
    TILE_UNDECODABLE: 'a tile is damaged (with on_error: mark its patches are rows, see below)',
    TOO_MANY_FILES: 'the system has no more file handles, also after some seconds',
    TOO_MANY_THREADS: 'the system lets no more threads begin',
    VECTOR_TOO_LARGE: 'a vector of this slide holds a number that float16 cannot',
    WORKER_LOST: 'each worker that took this slide was lost: killed, out of memory, or gone from the network',
    WRITER_FAILED: 'the writer of a file stumbled over something of this slide',
  },
  command: {
    ARCHITECTURE_UNKNOWN: 'no network is known by this name',
    CARD_INVALID: 'the card of a model is wrong',
    CARD_MISSING: 'a model has no card',
    COLUMN_CLASH:
      'two stages, or a stage and the list, give columns of one name, or of names that differ in capital and small letters only',
    COLUMN_UNKNOWN: 'a stage names a column that the rows do not have',
    CUSTOM_OPERATOR: 'a graph uses operators that are not of ONNX',
    DOWNLOAD_FAILED: 'a download failed',
    DOWNLOAD_REFUSED: 'a download leads elsewhere, or is too large',
    EXTERNAL_DATA: 'a graph names data outside of its folder',
    FILE_CLASH: 'two sinks write one file, or one has the name of a file that speaks of all slides',
    FILE_MISSING: 'a file that the pipeline names is not there',
    FILE_TEMPLATE: 'a name of files cannot be one',
    FILE_TOO_LARGE: 'a file is beyond its limit',
    FILE_UNREADABLE: 'a file that the pipeline names cannot be read',
    HALF_DIFFERS: 'a model in half precision answers otherwise',
    HASH_MISMATCH: 'a download is not what it should be',
    ID_CLASH: 'two slides have one id',
    INT8_DIFFERS: 'a model in int8 answers otherwise',
    KINDS_DO_NOT_MEET: 'a stage takes something else than the one before it gives',
    LABEL_MISSING: 'the tables have no labels',
    LABEL_UNKNOWN: 'a label is no class of the model',
    LIST_FORBIDDEN: 'a list, or what a server has, may not be read',
    LIST_UNREACHABLE: 'the server of a list, or of what a pattern finds, does not answer, also after five tries',
    LIST_UNREADABLE: 'a server does not say which files it has',
    LIST_INVALID: 'a list of slides or patches is wrong',
    MEMORY_EXCEEDED: 'a plan holds more than the run may',
    MODEL_EXISTS: 'there is a model in this place',
    MODEL_MISSING: 'there is no such model',
    MODEL_TWICE: 'a pipeline asks one model twice, or gives two models one name',
    MODEL_UNCONVERTIBLE: 'a model cannot be converted',
    MODEL_UNKNOWN: 'no model has this name',
    MODEL_UNQUANTISABLE: 'a model has nothing to quantise',
    MODEL_UNREACHABLE: 'the place of a model does not answer',
    MODEL_WRONG: 'a model does not answer as it should',
    NEVER_ANSWERED: 'a promise that a command waits for is never settled, as a plugin may leave it',
    NOT_AN_OUTPUT: 'a folder holds no results',
    NOT_ONNX: 'a file is no ONNX graph',
    NODE_TOO_OLD: 'Node is older than what tiastream is made of',
    NO_CLASSES: 'the tables have no classes',
    NO_PICTURES: 'a folder has no pictures',
    NO_PLACES: 'the patches of a table have no place',
    NO_SLIDES: 'a source finds nothing',
    NO_TABLE: 'a slide has no table',
    OPTION_INVALID: 'an option is wrong',
    OPTION_MISSING: 'an option is needed',
    OUTPUT_EXISTS: 'a file would be replaced',
    PATCH_UNREADABLE: 'a patch for calibration cannot be read',
    PICKLE_REFUSED: 'a file of weights would run code',
    PLUGINS_REFUSED: 'a pipeline names plugins, and none is to be let in',
    PLUGIN_CHANGED: 'a plugin has changed since this program loaded it',
    PLUGIN_CLASH: 'two plugins, or a part of one and another part, have one name',
    PLUGIN_MISSING: 'a plugin is not there',
    PORT_BUSY: 'the port of the viewer is taken',
    PROVIDERS_MISSING: 'there is nothing to lay providers of a device from, or none were laid',
    PROVIDERS_REFUSED: 'providers of a device are of another build than the runtime, or not ours to replace',
    PULL_BUSY: 'another process fetches this model',
    QUEUE_DENIED: 'the server of a queue refuses who asks: user, password or rights',
    QUEUE_MISSING: 'the packages that queues need are not installed',
    QUEUE_UNREACHABLE: 'the server of a queue does not answer, or cannot do what it is asked now',
    QUEUE_UNUSABLE: 'the server of a queue is too old, a cluster, a pooler, of another time than this machine, or none at all',
    RANDOM_OPERATOR: 'a graph throws dice, or normalises by its batch, so that an answer is another each time',
    RECEIPT_UNREADABLE: 'a receipt cannot be read',
    RUN_CANCELLED: 'a run was taken out of its queue',
    RUN_DIFFERS: 'a queue holds a run of this name that is of another plan',
    RUN_FROZEN: 'the file of a run in a queue is not there, or is not whole',
    RUN_REFUSED: 'a worker cannot work on the runs that wait: another plan, version or device',
    RUN_UNKNOWN: 'a queue holds no such run, or no such slide of it',
    SOURCE_IN_OUTPUT: 'the slides lie in the output folder',
    SLIDE_UNKNOWN: 'a run is to take a slide that its source does not have',
    SOURCE_TWICE: 'a pipeline has two inputs',
    STREAM_READ: 'a stream of rows is read a second time',
    TABLES_DIFFER: 'the tables of an output do not go together',
    TABLE_FOREIGN: 'a table was not written by tiastream',
    TABLE_TOO_LARGE: 'a table has more rows than can be shown',
    TABLE_UNREADABLE: 'a table cannot be read',
    TASKS_DIFFER: 'a task is of another pipeline, of another version, or names a slide that the source has no more',
    TASKS_INDEX: 'there is no task of this number',
    TASKS_INVALID: 'a file is no task, or the tasks of a folder are not all there',
    TASKS_TOO_MANY: 'there are fewer slides than tasks',
    TOO_FEW_PATCHES: 'too few patches to calibrate a model',
    UNKNOWN_OPTION: 'there is no such option',
    UNKNOWN_SINK: 'there is no such sink',
    UNKNOWN_STAGE: 'there is no such stage',
    UNKNOWN_VAR: 'there is no such var',
    USAGE: 'the command line is wrong',
    VAR_MISSING: 'a var has no value',
    WEIGHTS_MISMATCH: 'weights do not fit their network',
    WEIGHTS_MISSING: 'there is no file of weights',
    WEIGHTS_NOT_FINITE: 'weights hold no numbers',
    WEIGHTS_UNREADABLE: 'a file of weights cannot be read',
    YAML_INVALID: 'a file is no YAML',
    YAML_LIMIT: 'a YAML file is larger, deeper or fuller than anybody writes',
  },
}

/** Whose an error is that comes up while a slide is at work. What is not known to be the run's is the slide's, plain errors of any code included. */
export function ownerOf(error: unknown): 'run' | 'slide' {
  if (error instanceof TiastreamError) return Object.hasOwn(catalogue.run, error.code) ? 'run' : 'slide'
  return isFullDisk(error) ? 'run' : 'slide'
}

/** An error of the system that only writing can give, from a writer that did not say so itself. */
export function isFullDisk(error: unknown): boolean {
  const code = error instanceof Error && !(error instanceof TiastreamError) ? systemCode(error) : undefined
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EROFS'
}

/** What the engine and the system say without a class of their own, also in a message that crossed a thread. */
const memory = /array buffer allocation failed|invalid (typed )?array length|cannot create a (buffer|string)|out of memory/i
const handles = /\bE[MN]FILE\b/
/** Of Node, glib (sharp) and ONNX Runtime. */
const threads = /^(Error: )?EAGAIN$|creating thread|pthread_create/

/** What failed a slide, for its receipt: something that a person can act on, which names the slide. Errors of ours keep their family and code. */
export function slideRecordOf(error: unknown, { id, uri }: { readonly id: string; readonly uri: string }): ErrorRecord {
  const record = recordOf(known(error))
  const { message, at } = record
  const named = message.includes(withoutSecrets(uri)) || message.startsWith(`${id}:`) || message.startsWith(`${id} `)
  return { ...record, message: named ? message : `${id}: ${message}`, at: { ...at, slide: id } }
}

function known(error: unknown): unknown {
  if (error instanceof TiastreamError && !(error instanceof Bug)) return error
  const said = recordOf(error).message
  const cause = error
  if (handles.test(said)) return new SlideError('TOO_MANY_FILES', `too many files are open: ${said}`, { hint: moreHandles, cause })
  if (threads.test(said)) return new SlideError('TOO_MANY_THREADS', `no further thread begins: ${said}`, { hint: moreThreads, cause })
  if (memory.test(said)) {
    return new SlideError('SLIDE_NO_MEMORY', `this slide asks for more memory than can be had: ${said}`, {
      hint: 'is it as large as it says? fewer lanes, or slides side by side, leave more for it',
      cause,
    })
  }
  return error
}
