/** From arguments to an exit code: commander's settings, and what it refuses told like every other error. */

import { Command, CommanderError, Option } from 'commander'
import { moreHandles, PipelineError, SinkError, TiastreamError } from '../core/errors.js'
import { nodeForbids } from '../core/host/node-forbids.js'
import { fromHome } from '../core/host/user.js'
import { tiastreamVersion } from '../pipeline/plan/version.js'
import { errorText, exitCodeOf, logFormOf } from './exit.js'
import { type CommandEntry, commands } from './index.js'
import { meantBy } from './meant.js'
import { aside } from './say.js'
import { printBeside } from './standard-streams.js'

/** Runs the command that `argv` (without node and script) names. Answers the exit code; results are on stdout, errors on stderr. */
export async function main(argv: readonly string[], tell = aside): Promise<number> {
  try {
    const program = await programFor(argv)
    await program.parseAsync(argv, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    // Help that was not asked for has been printed already.
    if (error instanceof CommanderError && error.code === 'commander.help') return 2
    const known = error instanceof CommanderError ? usageError(error, 'tiastream') : ownError(error)
    tell(errorText(known, logFormOf(argv)))
    return exitCodeOf(known)
  }
}

async function programFor(argv: readonly string[]): Promise<Command> {
  const program = new Command('tiastream')
    .description('Streams whole-slide images through patch models into tables, maps and pictures.')
    .version(tiastreamVersion, '-v, --version')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => undefined })
  const named = argv.filter((arg) => !arg.startsWith('-')).slice(0, 2)
  const asked = named[0] === 'help'
  const wanted = asked ? named[1] : named[0]
  // Commander would show the general help, as if nothing were wrong.
  if (asked && wanted !== undefined && !commands.some(({ name }) => name === wanted))
    return program.error(`unknown command '${wanted}'`, { code: 'commander.unknownCommand' })
  for (const entry of commands) program.addCommand(entry.name === wanted ? settle(await entry.load(), program) : stub(entry))
  return program
}

/** Stands for a command in the list of commands. */
const stub = ({ name, summary }: CommandEntry): Command => new Command(name).description(summary)

/** A command made elsewhere takes on our settings, and so do those below it; each lets errors be asked for as JSON, and knows its own help. */
function settle(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent)
  command.exitOverride((error) => {
    if (error.exitCode === 0 || error.code === 'commander.help') throw error
    refuseDash(command)
    // `-o --lanes 2`: the option that was taken for a value is why there is an argument too many.
    if (error.code === 'commander.excessArguments') {
      refuseOption(command)
      throw oneMore(command)
    }
    throw usageError(error, callOf(command))
  })
  command.hook('preAction', (_, acting) => {
    refuseEmpty(acting)
    refuseDash(acting)
    refuseOption(acting)
    goHome(acting)
    refuseNowhere()
    printBeside(acting.name())
  })
  if (!command.options.some(({ long }) => long === '--log')) {
    command.addOption(new Option('--log <form>', 'how errors are printed').choices(['human', 'json']).hideHelp())
  }
  for (const below of command.commands) settle(below, command)
  return command
}

/** `-o "$OUT"` where OUT is not set: an empty name would be the folder one stands in. */
function refuseEmpty(command: Command): void {
  const option = command.options.find((one) => command.getOptionValue(one.attributeName()) === '')
  const i = command.args.indexOf('')
  if (!option && i < 0) return
  const argument = command.registeredArguments[Math.min(i, command.registeredArguments.length - 1)]
  const what = option ? `option '${option.flags}'` : `argument '${argument?.name()}'`
  throw new PipelineError('USAGE', `${what} is empty`, { hint: 'is a variable not set that should be?' })
}

/** `–o out`, as a page or a chat has made of `-o`: to commander an argument. */
function refuseDash(command: Command): void {
  const options = command.options.flatMap(({ short, long }) => [short, long])
  for (const written of command.args) {
    const [, name] = /^-?[\u2010-\u2015\u2212]+-?([^=]+)/.exec(written) ?? []
    const meant = name === undefined ? undefined : options.find((option) => option?.replace(/^-+/, '') === name)
    if (meant !== undefined)
      throw new PipelineError('USAGE', `'${written}' begins with a dash of a word processor`, { hint: `write ${meant}` })
  }
}

/** `-o $OUT --redo` where OUT is not set: the results would lie in a folder called `--redo`. */
function refuseOption(command: Command): void {
  const options = new Set(command.options.flatMap(({ short, long }) => [short, long]))
  for (const one of command.options) {
    const value: unknown = command.getOptionValue(one.attributeName())
    if (typeof value !== 'string' || !options.has(value)) continue
    const hint = `is a variable not set that should be? A file or folder of that name is ./${value}`
    throw new PipelineError('USAGE', `option '${one.flags}' is given ${value}, which is an option itself`, { hint })
  }
}

/** `--output=~/out`: bash leaves it as it is, and the results would lie in a folder called `~`. */
function goHome(command: Command): void {
  for (const option of command.options) {
    const value: unknown = command.getOptionValue(option.attributeName())
    if (typeof value === 'string') command.setOptionValue(option.attributeName(), fromHome(value))
  }
}

/** Every path begins with the folder one stands in, and so does every thread. */
function refuseNowhere(): void {
  try {
    process.cwd()
  } catch (cause) {
    throw new PipelineError('USAGE', 'the folder in which the command stands is gone', { hint: 'cd into one that is there', cause })
  }
}

/** Without file handles, or the right to use them, not even our own code loads: that is the machine's, and no bug. */
function ownError(error: unknown): unknown {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException
  if (error instanceof TiastreamError) return error
  if (code !== 'EMFILE' && code !== 'ENFILE') return nodeForbids(error) ?? error
  return new SinkError('TOO_MANY_FILES', `too many files are open: ${message}`, { hint: moreHandles, cause: error })
}

/** `tiastream models import`, as it is typed. */
const callOf = (command: Command): string => (command.parent ? `${callOf(command.parent)} ${command.name()}` : command.name())

/** `export out/rows/*.parquet`, which a shell has filled in, or `run my slides.yml`. */
function oneMore(command: Command): PipelineError {
  const takes = command.registeredArguments.map((one) => `<${one.name()}>`)
  const more = command.args[takes.length]
  const fact = `too many arguments for '${command.name()}': it takes ${takes.join(' ') || 'none'}, and '${more}' is one more`
  return new PipelineError('USAGE', fact, {
    hint: `a name with spaces stands in quotes; for several files, call it for each. ${callOf(command)} --help says what it takes`,
  })
}

/** What commander refuses, told with what was meant and where the help of that command is. */
function usageError(error: CommanderError, call: string): PipelineError {
  const [said = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
  const unknown = error.code === 'commander.unknownCommand' ? /'(.*)'/.exec(said)?.[1] : undefined
  const meant = (unknown === undefined || call !== 'tiastream' ? undefined : meantBy(unknown)) ?? suggestion?.replace(/^\((.*)\)$/, '$1')
  const help = `${call} --help ${unknown === undefined ? 'says what it takes' : 'lists the commands'}`
  return new PipelineError('USAGE', said, { hint: meant === undefined ? help : `${meant} ${help}` })
}
