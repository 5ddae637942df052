import type { Filled } from './words.ts'

/** What is nearly used up of a meeting. */
export const fillingEn = {
  title: 'Nearly full',
  items: 'This agenda has {{count, number}} items; it can have {{most, number}}.',
  people: '{{percent}}% of the people whom this meeting or your link can take are in.',
  devices:
    '{{percent}}% of the devices that this meeting or your link can take are in. Devices that are no longer used can be ended under “Your devices”.',
  changes: '{{percent}}% of the space for the changes of this meeting is used.',
  versions: '{{percent}}% of the space for the versions of this meeting is used.',
  help: 'Nothing is lost. Tell whoever runs this server.',
} as const

export const fillingZh: Filled<typeof fillingEn> = {
  title: '容量将满',
  items: '本议程已有 {{count, number}} 项，最多 {{most, number}} 项。',
  people: '本次会议或您的链接可容纳的人数已用 {{percent}}%。',
  devices: '本次会议或您的链接可登录的设备数已用 {{percent}}%，不再使用的设备可在“我的设备”中退出。',
  changes: '本次会议的修改记录空间已用 {{percent}}%。',
  versions: '本次会议的版本空间已用 {{percent}}%。',
  help: '现有内容不受影响，请告知服务器运维人员。',
}
