/** One patch: its picture, which enlarges, what is said of it, and its place, which opens in the viewer. */

import path from 'node:path'
import type { TableMetadata } from '../../sinks/common/metadata.js'
import type { PatchPlace } from './gather.js'
import { type Html, html } from './html.js'
import { linkTo, placeText } from './links.js'

export function placedPicture(
  { region, file }: PatchPlace,
  picture: string | undefined,
  slide: TableMetadata['slide'],
  caption: Html,
  said: string,
): Html {
  const link = region && linkTo(slide, region)
  const place = region ? placeText(region) : file === null ? null : path.basename(file)
  return html`<figure class="patch">${
    picture
      ? html`<button type="button" class="enlarge"><img src="${picture}" alt="${said}"></button>`
      : html`<span class="no-picture" title="no picture"></span>`
  }<figcaption>${caption}${place === null ? null : html`<br>${link ? html`<a href="${link}" target="tiastream-view" rel="noreferrer">${place}</a>` : html`<span class="file" title="${place}">${place}</span>`}`}</figcaption></figure>`
}
