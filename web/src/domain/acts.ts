/** The acts a case offers its reader, as the commands of the API. */
import type { Command } from '@/api/cases'

const COMMANDS: Record<string, Command> = {
  'case.accept': 'acceptance',
  'case.notify_correction': 'correction-notice',
  'case.reject': 'rejection',
  'case.review': 'review',
  'case.sign': 'sign-off',
  'case.deliver': 'delivery',
  'case.supplement': 'supplements',
  'case.withdraw': 'withdrawal',
  'case.rate': 'rating',
  'case.object': 'objection',
  'special.start': 'special-procedures',
  'case.extend': 'extension',
}

export const COMMAND_NAMES: Record<Command, string> = {
  acceptance: '受理',
  'correction-notice': '一次性补正告知',
  rejection: '不予受理',
  review: '提交审查意见',
  'sign-off': '签批',
  delivery: '送达登记',
  supplements: '补交材料',
  withdrawal: '撤回申请',
  rating: '评价',
  objection: '提出异议',
  'special-procedures': '启动特别程序',
  extension: '延长期限',
}

/** The commands this page knows how to offer, in the order of the work. */
export function commandsOf(acts: readonly string[]): Command[] {
  const named = acts.map((act) => COMMANDS[act])
  return (Object.keys(COMMAND_NAMES) as Command[]).filter((command) => named.includes(command))
}
