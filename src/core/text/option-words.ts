/** What to write in place of a value that is nearly one: what people write first, a number without its unit, a unit of another tool, a comma. */

const shown = (value: unknown): string =>
  typeof value === 'string' ? `'${value}'` : Array.isArray(value) ? `[${value.map(shown).join(', ')}]` : String(value)

/** What is longer is no slip of the pen; to look for one would take the fourth power of its letters. */
const longest = 100

/** A number, also in quotes or with a decimal comma, and what stands behind it. */
function numberIn(value: unknown): { readonly number: number; readonly unit: string } | undefined {
  if (typeof value === 'number') return { number: value, unit: '' }
  if (typeof value !== 'string' || value.length > longest) return undefined
  const found = /^\s*(\d+(?:[.,]\d+)?|[.,]\d+)\s*(\S.*?)?\s*[,;]?\s*(?:\/\/.*|\(.*\))?$/.exec(value)
  return found ? { number: Number(found[1]!.replace(',', '.')), unit: (found[2] ?? '').toLowerCase() } : undefined
}

const general = 'write 0.5 mpp, 20 power, level 1 or baseline'

export function resolutionWords(value: unknown): string {
  const better = betterResolution(value)
  if (typeof value === 'number') return better ? `is ${value} without a unit: ${better}` : `must be more than 0, is ${value}: ${general}`
  return `${said(value)} no resolution: ${better ?? general}`
}

function betterResolution(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.length === 2 ? betterResolution(value.join(' ')) : undefined
  if (typeof value === 'object' && value !== null) return betterOfMap(Object.entries(value))
  if (typeof value === 'string' && value.length <= longest) {
    const words = value.trim().toLowerCase()
    const level = /^(?:level|lvl|l)[\s:=_-]*(\d+(?:\.\d+)?)$/.exec(words)
    if (level) return `write level ${level[1]}`
    const power = /^[x×]\s*(\d+(?:\.\d+)?)$/.exec(words)
    if (power) return `write ${power[1]}x`
    const [, unit, amount] = /^(mpp|power|mag|magnification|objective)\s*[:=]?\s*(\d[\d.,]*)$/.exec(words) ?? []
    if (unit !== undefined) return betterResolution(`${amount} ${unit}`)
    if (/^(?:max|full|native|highest|original|raw)$/.test(words)) return 'write baseline'
  }
  const found = numberIn(value)
  if (!found || !(found.number > 0)) return undefined
  const { number, unit } = found
  if (unit === '') return number < 1 ? mpp(number) : `write ${number}x (the power of the objective), or ${mpp(number).slice(6)}`
  // As DICOM says it (PixelSpacing); a slip for µm where it would be a print.
  if (/^mm(?:\s*(?:\/|per)\s*(?:px|pixel))?$/.test(unit)) return mpp(number < 0.02 ? Number((number * 1000).toPrecision(12)) : number)
  if (/^(?:[uµμ]m|micro(?:n|meter|metre)s?|mpp|(?:[uµμ]m|microns?)\s*(?:\/|per)\s*(?:px|pixel))$/.test(unit)) return mpp(number)
  if (/^(?:px|pixels?)$/.test(unit)) return 'that is a size; write 0.5 mpp, 20 power, level 1 or baseline'
  if (unit === 'nm' || unit === 'nm/px') return mpp(number / 1000)
  if (/^(?:x|×|mag|magnification|objective|power|times)$/.test(unit)) return `write ${number}x`
  return undefined
}

const mpp = (number: number): string => `write ${number} mpp (µm per pixel)`

/** `{ mpp: 0.5 }`, `{ value: 0.5, units: mpp }`. */
function betterOfMap(entries: readonly (readonly [string, unknown])[]): string | undefined {
  const [first, second] = entries
  if (!first) return undefined
  if (entries.length === 1) return first[0] === 'level' ? `write level ${shown(first[1])}` : betterResolution(`${first[1]} ${first[0]}`)
  return entries.length === 2 && second ? betterResolution(`${first[1]} ${second[1]}`) : undefined
}

export function shareWords(value: unknown): string {
  const found = numberIn(value)
  if (!found || !/^(?:|%|percent|per cent|pct|prozent)$/.test(found.unit)) return `${said(value)} no share: write 25 % or 0.25`
  const { number, unit } = found
  const percents = unit === '' && number <= 1 ? number * 100 : number
  if (percents > 100 || number < 0) return `must be 0 to 100 %, is ${shown(value)}`
  return `${said(value)} no share: write ${Number(percents.toPrecision(12))} %`
}

export const scaleWords = (value: unknown): string => `${said(value)} no scale: write 1/255, 1/127.5 or a number above 0`

export function pixelWords(value: unknown): string {
  const found = numberIn(value)
  if (found && /^(?:[uµμ]m|mm|nm|microns?)$/.test(found.unit)) {
    return `${said(value)} no number of pixels: divide by the µm of a pixel at the resolution, and write 224 px`
  }
  if (found && /^(?:mpp|x|×|power)$/.test(found.unit))
    return `${said(value)} no number of pixels but a resolution, which stands in at:; write 224 px`
  if (found && Number.isInteger(found.number) && /^(?:|p|pix|pixels?|px\.?)$/.test(found.unit))
    return `${said(value)} no number of pixels: write ${found.number} px`
  return `${said(value)} no number of pixels: write 224 px`
}

/** Undefined where the parts of a list say it better. */
export function sizeWords(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    if (value.length === 2) return undefined
    const [only] = value
    const square = typeof only === 'number' ? `${only} px` : typeof only === 'string' ? only : '224 px'
    return `has ${value.length === 1 ? 'one number' : `${value.length} numbers`}: write ${square} (square), or [width, height]`
  }
  const pair = sidesIn(value)
  if (pair) return `${said(value)} no number of pixels: write ${pair[0] === pair[1] ? `${pair[0]} px` : `[${pair[0]} px, ${pair[1]} px]`}`
  return pixelWords(value)
}

/** `224x192`, `(224, 192)`, `{ width: 224, height: 192 }`. */
function sidesIn(value: unknown): readonly [string, string] | undefined {
  if (typeof value === 'object' && value !== null) {
    const sides = Object.entries(value).map(([name, side]) => [name[0]?.toLowerCase(), String(side)])
    const [width, height] = ['wx', 'hy'].map((letters) => sides.find(([letter]) => letter && letters.includes(letter))?.[1])
    return width && height && /^\d+$/.test(width + height) ? [width, height] : undefined
  }
  const found =
    typeof value === 'string' && value.length <= longest
      ? /^\s*\(?\s*(\d+)\s*(?:px)?\s*[x×,*]\s*(\d+)\s*(?:px|pixels)?\s*\)?\s*$/i.exec(value)
      : null
  return found ? [found[1]!, found[2]!] : undefined
}

export function memoryWords(value: unknown): string {
  const found = numberIn(value)
  const none = `${said(value)} no amount of memory: write`
  if (!found || !(found.number > 0)) return `${none} 512 MiB or 2 GiB`
  const { number, unit } = found
  if (unit === '')
    return `${said(value)} no amount of memory without a unit: write ${number < 4096 ? `${number} GiB` : mebi(number / 2 ** 20)}`
  if (/^g(?:b|ib|ig)?$/.test(unit)) return `${none} ${number} GiB`
  if (/^m(?:b|ib)?$/.test(unit)) return `${none} ${number} MiB`
  if (/^t(?:b|ib)?$/.test(unit)) return `${none} ${number * 1024} GiB`
  return `${none} 512 MiB or 2 GiB`
}

const mebi = (number: number): string => `${Math.max(1, Math.round(number))} MiB`

/** `'0,5' is`, or what reads on from the name of the option. */
const said = (value: unknown): string => {
  if (typeof value === 'string') return `'${value}' is`
  if (value === undefined || value === null) return 'is empty,'
  return typeof value === 'object' && !Array.isArray(value) ? 'is a map,' : `is ${shown(value)},`
}
