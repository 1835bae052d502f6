/** `tiastream view`: slides and their predictions in the browser, served to this machine only. */

import { Command, InvalidArgumentError } from 'commander'
import { openResults } from '../results/open.js'

export function viewCommand(): Command {
  return new Command('view')
    .description('look at slides and predictions in a browser, on this machine only')
    .argument('<output>', 'output folder of a run')
    .option('--port <n>', 'port on 127.0.0.1; 0 for any that is free', portOf, 0)
    .action(async (folder: string, { port }: { readonly port: number }) => {
      const results = await openResults(folder)
      const { startViewer } = await import('../view/server.js')
      const viewer = await startViewer(results, { port })
      process.stdout.write(`${viewer.url}\n`)
      process.stderr.write('open this address in a browser of this machine; Ctrl-C ends it\n')
      await new Promise<void>((resolve) => {
        for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve())
      })
      await viewer.close()
    })
}

function portOf(written: string): number {
  const port = Number(written)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new InvalidArgumentError('a port is 0 to 65535')
}
