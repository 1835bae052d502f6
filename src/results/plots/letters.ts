/** Text in plots: how wide it will be, and as outlines, for pictures that must look the same where no font is installed. */

import { textPath, type Weight } from '../../sinks/picture/text.js'

const ascii = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))

/** A function that says how wide a text is, in units of its font size. Letters beyond ASCII are taken as one em at most. */
export async function letterWidths(): Promise<(text: string) => number> {
  const widths = new Map<string, number>()
  for (const letter of ascii) widths.set(letter, (await textPath(letter, 1000)).width / 1000)
  return (text) => {
    let width = 0
    for (const letter of text) width += widths.get(letter) ?? (letter.codePointAt(0)! < 0x2e80 ? 0.65 : 1)
    return width
  }
}

/** The same SVG with every `<text>` as outlines. Knows the form in which vega writes text, and nothing else. */
export async function outlined(svg: string): Promise<string> {
  const parts: string[] = []
  let at = 0
  for (const found of svg.matchAll(/<text([^>]*)>([^<]*)<\/text>/g)) {
    parts.push(svg.slice(at, found.index), await outlineOf(found[1]!, plain(found[2]!)))
    at = found.index + found[0].length
  }
  return parts.join('') + svg.slice(at)
}

async function outlineOf(attributes: string, text: string): Promise<string> {
  const get = (name: string) => new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1]
  const size = Number.parseFloat(get('font-size') ?? '11')
  const weight: Weight = Number(get('font-weight') ?? 400) >= 600 || get('font-weight') === 'bold' ? 600 : 400
  const { path, width } = await textPath(text, size, weight)
  const anchor = get('text-anchor')
  const shift = anchor === 'middle' ? -width / 2 : anchor === 'end' ? -width : 0
  const kept = ['transform', 'fill', 'opacity', 'fill-opacity'].flatMap((name) => {
    const value = get(name)
    return value === undefined ? [] : [`${name}="${value}"`]
  })
  return `<g ${kept.join(' ')}><path transform="translate(${shift.toFixed(2)},0)" d="${path}"/></g>`
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", apos: "'" }

const plain = (escaped: string) => escaped.replace(/&(amp|lt|gt|quot|#39|apos);/g, (_, name: string) => entities[name]!)
