/** The desks of the workbench, and whose they are. The server decides; this only spares dead ends. */
import type { QueueName } from '@/api/types'
import { hasRole } from '@/session'
import { EXCHANGE_DESKS } from './exchange/desks'
import { HALL_DESKS } from './hall/desks'
import { WATCHING_DESKS } from './watching/desks'
import { KEEPING_DESKS } from './keeping/desks'
import { NETWORK_DESKS } from './network/desks'
import { CLERKS } from './roles'

export interface Desk {
  to: string
  text: string
  roles: readonly string[]
  queue?: QueueName
  /** How many alarms wait here: a number beside the desk's name. */
  alarms?: true
}

export const DESKS: readonly Desk[] = [
  { to: '/intake', text: '收件登记', roles: CLERKS },
  {
    to: '/queues/acceptance',
    text: '待受理',
    roles: ['window_clerk', 'acceptor'],
    queue: 'acceptance',
  },
  { to: '/queues/review', text: '待审查', roles: ['reviewer'], queue: 'review' },
  { to: '/queues/sign-off', text: '待签批', roles: ['chief_representative'], queue: 'sign-off' },
  {
    to: '/queues/special',
    text: '特别程序',
    roles: ['reviewer', 'chief_representative'],
    queue: 'special',
  },
  { to: '/queues/delivery', text: '待送达', roles: CLERKS, queue: 'delivery' },
  ...EXCHANGE_DESKS,
  ...HALL_DESKS,
  ...WATCHING_DESKS,
  ...KEEPING_DESKS,
  ...NETWORK_DESKS,
]

export const QUEUE_TITLES: Record<QueueName, string> = {
  acceptance: '待受理',
  review: '待审查',
  special: '特别程序',
  'sign-off': '待签批',
  delivery: '待送达',
}

export const myDesks = (): Desk[] => DESKS.filter((desk) => hasRole(...desk.roles))
