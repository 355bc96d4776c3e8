/** How the network's pages say numbers and states. */
export const share = (rate: number | null): string =>
  rate === null ? '—' : `${(rate * 100).toFixed(1)}%`

export const number = (value: number | null): string => (value === null ? '—' : value.toFixed(2))

export const WORK: Record<string, string> = {
  station: '服务站',
  window: '窗口',
  acceptance: '受理',
  review: '审查',
  sign_off: '签批',
  enforcement: '执法',
  supervision: '监察',
}

export const DECISIONS: Record<string, string> = {
  pending: '待中心同意',
  consented: '中心已同意',
  refused: '中心不同意',
  lapsed: '逾期未同意,已失效',
}

export const STAGES: Record<string, string> = {
  pilot: '试点中',
  widened: '已推广',
  stopped: '已停止',
}
