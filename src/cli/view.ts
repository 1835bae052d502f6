/** `tiastream view`: slides and their predictions in the browser, served to this machine only. */

import { Command, InvalidArgumentError } from 'commander'
import { openResults, type Results } from '../results/open.js'
import type { Viewer } from '../results/view/server.js'
import { viewerPort } from '../results/viewer-port.js'
import { modelOption } from './model-option.js'
import { answer, aside } from './say.js'
import { stops } from './stop-on-signal.js'
import { warnChanged } from './warn-changed.js'

export function viewCommand(): Command {
  return new Command('view')
    .description('look at slides and predictions in a browser, on this machine only')
    .argument('<output>', 'output of a run: a folder, or s3://bucket/run7/')
    .option(
      '--port <n>',
      `port on 127.0.0.1, 0 for any that is free; default: ${viewerPort}, or any that is free when that is busy`,
      portOf,
    )
    .addOption(modelOption())
    .action(async (folder: string, { port, model }: { readonly port?: number; readonly model?: string }) => {
      const results = await openResults(folder, { model })
      const { viewer, note } = await viewerAt(results, port)
      await warnChanged(results)
      if (note) aside(`${note}\n`)
      answer(`${viewer.url}\n`)
      aside('open this address in a browser of this machine; Ctrl-C ends it\n')
      await new Promise<void>((resolve) => {
        for (const name of stops()) process.once(name, () => resolve())
      })
      await viewer.close()
    })
}

/** At the port asked for, or when none is at the `usual` one; the note says that this one was busy. */
export async function viewerAt(results: Results, port: number | undefined, usual = viewerPort): Promise<{ viewer: Viewer; note?: string }> {
  const { startViewer } = await import('../results/view/server.js')
  const viewer = await startViewer(results, port === undefined ? { port: usual, orAnother: true } : { port })
  if (port !== undefined || viewer.port === usual) return { viewer }
  return { viewer, note: `port ${usual} is busy, so this is port ${viewer.port}: say so in the page of a report, whose links open here` }
}

function portOf(written: string): number {
  const port = Number(written)
  // Nothing is no 0: a variable that is not set.
  if (/^\d+$/.test(written) && port <= 65_535) return port
  throw new InvalidArgumentError('a port is 0 to 65535')
}
