/** XML as a tree, where elements of one name hold each other (Philips, Leica, Ventana). Linear in the text, and bounded in nodes and depth. */

import { SlideError } from '../../core/errors.js'
import { malformed } from '../malformed.js'
import { attribute, attributesOf, tagEnd, unescaped } from './xml.js'

export class XmlNode {
  /** Without its prefix. */
  readonly name: string
  readonly children: readonly XmlNode[]
  /** What stands in it beside its children. */
  readonly text: string
  readonly #head: string

  constructor(name: string, head: string, children: readonly XmlNode[], text: string) {
    this.name = name
    this.#head = head
    this.children = children
    this.text = text
  }

  /** An attribute by its name. */
  said(name: string): string | undefined {
    return attribute(this.#head, name)
  }

  /** All of them; read anew at each call, since a description may have a quarter of a million elements. */
  attributes(): ReadonlyMap<string, string> {
    return attributesOf(this.#head)
  }
}

const none: readonly XmlNode[] = []

/** A slide of 60 x 40 camera tiles has 5,000 joints. */
const MOST_NODES = 2 ** 18
const MOST_DEPTH = 64

interface Open {
  readonly name: string
  readonly full: string
  readonly head: string
  readonly children: XmlNode[]
  text: string
}

/** The root of a document. Throws SLIDE_MALFORMED or SLIDE_TOO_LARGE. */
export function treeOf(xml: string, uri: string): XmlNode {
  const broken = (fact: string) => malformed(uri, `has a description whose XML ${fact}`)
  const open: Open[] = []
  let root: XmlNode | undefined
  let nodes = 0
  const close = ({ name, head, children, text }: Open) => {
    const node = new XmlNode(name, head, children.length === 0 ? none : children, text.trim())
    const parent = open.at(-1)
    if (parent !== undefined) parent.children.push(node)
    else root ??= node
  }
  let at = xml.indexOf('<')
  while (at >= 0) {
    let end: number
    if (xml.startsWith('<!--', at)) end = endOf(xml, '-->', at + 4)
    else if (xml.startsWith('<?', at)) end = endOf(xml, '?>', at + 2)
    else if (xml.startsWith('<![CDATA[', at)) {
      end = endOf(xml, ']]>', at + 9)
      const inside = open.at(-1)
      if (inside !== undefined && end > 0) inside.text += xml.slice(at + 9, end - 3)
    } else {
      end = tagEnd(xml, at) + 1
      if (end > 0) element(xml.slice(at, end))
    }
    if (end <= 0) throw broken('is cut off')
    at = xml.indexOf('<', end)
    const inside = open.at(-1)
    if (inside !== undefined && at > end) inside.text += unescaped(xml.slice(end, at))
  }
  function element(head: string): void {
    if (head.startsWith('<!')) return
    if (head.startsWith('</')) {
      const last = open.pop()
      if (last === undefined || last.full !== head.slice(2, -1).trim()) throw broken(`closes what it has not opened: ${head.slice(0, 60)}`)
      close(last)
      return
    }
    const full = /^<([^\s/>]+)/.exec(head)?.[1]
    if (full === undefined) throw broken(`has an element without a name: ${head.slice(0, 60)}`)
    if (++nodes > MOST_NODES) throw new SlideError('SLIDE_TOO_LARGE', `${uri} has a description of more than ${MOST_NODES} elements`)
    if (open.length >= MOST_DEPTH) throw broken(`nests more than ${MOST_DEPTH} elements`)
    const one: Open = { full, name: full.slice(full.indexOf(':') + 1), head, children: [], text: '' }
    if (head.endsWith('/>')) close(one)
    else open.push(one)
  }
  if (root === undefined || open.length > 0) throw broken('is cut off')
  return root
}

const endOf = (xml: string, closing: string, from: number): number => {
  const at = xml.indexOf(closing, from)
  return at < 0 ? -1 : at + closing.length
}

export const childrenOf = (node: XmlNode | undefined, name: string): readonly XmlNode[] =>
  node?.children.filter((child) => child.name === name) ?? []

/** The first descendant along a path of names. */
export function within(node: XmlNode | undefined, ...names: readonly string[]): XmlNode | undefined {
  let found = node
  for (const name of names) found = found?.children.find((child) => child.name === name)
  return found
}
