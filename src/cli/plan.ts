/** `tiastream plan`: what a run would do, before it does it. */

import { Command } from 'commander'
import { readPlan } from '../pipeline/check/read-plan.js'
import { planJson, planMermaid, planText } from '../pipeline/plan/plan-text.js'
import { processors, processorsText } from '../pipeline/plan/processors.js'
import { begunIn } from '../pipeline/store/kept-numbers.js'
import { storeOf } from '../pipeline/store/store-of.js'
import { noPluginsOption } from './plugins-option.js'
import { answer } from './say.js'
import { varsOption } from './vars-option.js'

interface PlanFlags {
  readonly var: Record<string, string>
  readonly json: boolean
  readonly plugins: boolean
  readonly mermaid: boolean
}

export function planCommand(): Command {
  return new Command('plan')
    .description('show what a run would do: stages, options filled in, columns, memory, fingerprint')
    .argument('<pipeline>', 'pipeline file (YAML)')
    .addOption(varsOption())
    .addOption(noPluginsOption())
    .option('--json', 'print the plan as JSON', false)
    .option('--mermaid', 'print the flow as a Mermaid diagram', false)
    .action(async (file: string, flags: PlanFlags) => {
      const plan = await readPlan(file, { vars: flags.var, plugins: flags.plugins })
      const begun = plan.output === '' ? [] : await begunIn(plan, await storeOf(plan.output))
      const text = () => planText(plan, processorsText(processors()), begun)
      answer(flags.json ? planJson(plan) : flags.mermaid ? planMermaid(plan) : text())
    })
}
