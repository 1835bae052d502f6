/** Real Chromium for the slow tests; skipped by name where none is installed. Every console error and every request is kept. */

import { existsSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { type Browser, chromium, type Page } from 'playwright-core'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) => existsSync(file))

const args = [
  '--no-sandbox',
  '--disable-gpu',
  // What is drawn in software needs no process of its own, nor does each page.
  '--in-process-gpu',
  '--renderer-process-limit=1',
  '--disable-site-isolation-trials',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface Tab {
  readonly page: Page
  /** Errors and warnings of the console, uncaught errors, and requests that failed. */
  readonly complaints: readonly string[]
  /** Addresses asked for, but data: and blob:. */
  readonly requests: readonly string[]
}

export interface TabOptions {
  readonly dark?: boolean
  readonly offline?: boolean
}

/** Milliseconds, of which only a machine with much else to do needs many. */
const patience = { launch: 120_000, step: 120_000, test: 300_000 }

/** One for all tests of a file, each in a window that knows nothing of the others. */
let browser: Promise<Browser> | undefined
test.after.always('the browser ends', async () => (await browser)?.close())

/** A test with a new, empty window. */
export function chromiumTest(
  title: string,
  body: (t: ExecutionContext, open: (options?: TabOptions) => Promise<Tab>) => Promise<void>,
): void {
  if (executablePath === undefined) {
    console.warn(`SKIPPED (no Chromium is installed): ${title}`)
    test.skip(title, (t) => t.pass())
    return
  }
  test(title, async (t) => {
    t.timeout(patience.test)
    await body(t, ({ dark = false, offline = false } = {}) => openTab(t, dark, offline))
  })
}

async function openTab(t: ExecutionContext, dark: boolean, offline: boolean): Promise<Tab> {
  browser ??= chromium.launch({ executablePath: executablePath!, headless: true, args, timeout: patience.launch })
  const context = await (await browser).newContext({
    colorScheme: dark ? 'dark' : 'light',
    offline,
    viewport: { width: 1400, height: 900 },
  })
  t.teardown(() => context.close())
  context.setDefaultTimeout(patience.step)
  const page = await context.newPage()
  const complaints: string[] = []
  const requests: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('requestfailed', (request) => {
    // A tile that was scrolled away is given up on purpose.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') complaints.push(`${request.url()}: ${request.failure()?.errorText}`)
  })
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url())) requests.push(request.url())
  })
  return { page, complaints, requests }
}

/** Contrast of two colours as WCAG 2 defines it, 1 to 21. `rgb(1, 2, 3)` as the browser says it. */
export function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

function luminance(color: string): number {
  const [r, g, b] = (color.match(/[\d.]+/g) ?? []).slice(0, 3).map((text) => {
    const c = Number(text) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
