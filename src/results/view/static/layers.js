/** The two layers: the slide, and the predictions over it. OpenSeadragon's doorway in the page. */

const address = ({ id }) => `/slides/${encodeURIComponent(id)}`

export class Layers {
  #viewer
  #slide = null
  #predictions = null
  #opacity = 0.5
  #isVisible = true
  /** Counts the choices, so that a slow answer to an old one is dropped. */
  #turn = 0

  constructor(element) {
    this.#viewer = window.OpenSeadragon({
      element,
      drawer: 'canvas',
      showNavigationControl: false,
      showNavigator: true,
      navigatorPosition: 'BOTTOM_RIGHT',
      navigatorBackground: 'transparent',
      navigatorBorderColor: 'rgb(128 128 128 / 40%)',
      navigatorDisplayRegionColor: '#e5484d',
      navigatorOpacity: 1,
      navigatorAutoFade: false,
      animationTime: 0.4,
      maxZoomPixelRatio: 4,
      visibilityRatio: 0.3,
      minZoomImageRatio: 0.6,
      placeholderFillStyle: null,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      silenceMultiImageWarnings: true,
    })
    // What has the focus is OpenSeadragon's own element: it is the one to have a name.
    this.#viewer.canvas.setAttribute('role', 'application')
    this.#viewer.canvas.setAttribute('aria-label', 'Slide. Arrow keys move, + and - zoom, Enter names the patch in the middle.')
  }

  get viewer() {
    return this.#viewer
  }

  /** Shows another slide from the start. Resolves when its first layer is there. */
  async open(slide, query) {
    this.#slide = slide
    this.#predictions = null
    this.#turn++
    this.unmark()
    this.#viewer.world.removeAll()
    if (slide.pixels === null) await this.#add(sourceOf(slide, `${address(slide)}/tile`, ''), {})
    await this.choose(query)
    this.#viewer.viewport.goHome(true)
  }

  /** Replaces the predictions by others; the old ones stay until the new ones are there, so nothing flickers. Resolves then. */
  async choose(query) {
    const turn = ++this.#turn
    const before = this.#predictions
    const item = await this.#add(sourceOf(this.#slide, `${address(this.#slide)}/predictions`, query), {
      opacity: before ? 0 : this.#shownOpacity,
      preload: true,
    })
    if (before !== null) await this.#loaded(item)
    if (turn !== this.#turn) {
      if (item !== this.#predictions) this.#viewer.world.removeItem(item)
      return
    }
    item.setOpacity(this.#shownOpacity)
    if (this.#predictions && this.#predictions !== item) this.#viewer.world.removeItem(this.#predictions)
    this.#predictions = item
  }

  set opacity(value) {
    this.#opacity = value
    this.#predictions?.setOpacity(this.#shownOpacity)
  }

  set visible(value) {
    this.#isVisible = value
    this.#predictions?.setOpacity(this.#shownOpacity)
  }

  get #shownOpacity() {
    return this.#isVisible ? this.#opacity : 0
  }

  /** The middle of what is seen, in pixels of the slide, and how many pixels of the screen one of them takes. */
  get place() {
    const item = this.#viewer.world.getItemAt(0)
    if (!item) return null
    const { viewport } = this.#viewer
    const { x, y } = item.viewportToImageCoordinates(viewport.getCenter())
    return { x, y, scale: item.viewportToImageZoom(viewport.getZoom()) }
  }

  goTo({ x, y, scale }) {
    const item = this.#viewer.world.getItemAt(0)
    const { viewport } = this.#viewer
    viewport.zoomTo(item.imageToViewportZoom(scale), null, true)
    viewport.panTo(item.imageToViewportCoordinates(x, y), true)
    viewport.applyConstraints(true)
  }

  /** Where on the slide a point of the element lies, in its own pixels; null outside. */
  slidePoint(pixel) {
    const item = this.#viewer.world.getItemAt(0)
    if (!item) return null
    const { x, y } = item.viewportToImageCoordinates(this.#viewer.viewport.pointFromPixel(pixel))
    return x >= 0 && y >= 0 && x < this.#slide.width && y < this.#slide.height ? { x, y } : null
  }

  /** Pixels of the slide that one pixel of the screen shows. */
  slidePerScreen() {
    const item = this.#viewer.world.getItemAt(0)
    return item ? 1 / item.viewportToImageZoom(this.#viewer.viewport.getZoom(true)) : null
  }

  mark({ x, y, width, height }) {
    this.unmark()
    const element = document.createElement('div')
    element.id = 'marked'
    element.className = 'marked'
    const item = this.#viewer.world.getItemAt(0)
    this.#viewer.addOverlay({ element, location: item.imageToViewportRectangle(x, y, width, height) })
  }

  unmark() {
    this.#viewer.removeOverlay('marked')
  }

  /** Resolves when what is seen of an item is there, or when the item has been taken away. */
  #loaded(item) {
    if (item.getFullyLoaded()) return Promise.resolve()
    return new Promise((resolve) => {
      const { world } = this.#viewer
      const taken = (event) => {
        if (event.item === item) done()
      }
      const done = () => {
        world.removeHandler('remove-item', taken)
        resolve()
      }
      world.addHandler('remove-item', taken)
      item.addOnceHandler('fully-loaded-change', done)
    })
  }

  #add(tileSource, options) {
    return new Promise((resolve, reject) => {
      this.#viewer.addTiledImage({
        ...options,
        tileSource,
        success: ({ item }) => resolve(item),
        error: ({ message }) => reject(new Error(message)),
      })
    })
  }
}

function sourceOf({ width, height, tile, top }, base, query) {
  return {
    width,
    height,
    tileSize: tile,
    // Smaller than one tile is never asked for.
    minLevel: Math.max(0, top - Math.ceil(Math.log2(Math.max(1, Math.max(width, height) / tile)))),
    maxLevel: top,
    getTileUrl: (level, x, y) => `${base}/${level}/${x}/${y}${query}`,
  }
}
