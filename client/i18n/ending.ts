import type { Filled } from './words.ts'

/** How long a meeting is kept, and how it is deleted. */
export const endingEn = {
  label: 'End of the meeting',
  kept: 'Kept until',
  keptThen: '{{date}}, then deleted',
  join: 'This meeting is kept until {{date}}. After that day it is deleted, with everything in it.',
  near: 'This meeting will be deleted after {{date}}. Export what you want to keep.',
  asked:
    '{{name}} has asked for this meeting to be deleted ({{when}}). When the operator of the server does so, everything in it is gone for good.',
  until:
    'This meeting is kept until {{date}}. After that day everything in it is deleted, on the server and on every device.',
  never:
    'This meeting is kept until the operator of the server deletes it. The operator can also set a date on which that happens.',
  ask: 'Ask for deletion',
  sure: 'Everybody in the meeting sees within minutes that you have asked. The operator of the server then deletes it for good. You can withdraw the request until that is done.',
  yes: 'Ask for it',
  no: 'Not now',
  withdraw: 'Withdraw the request',
  unreachable: 'This needs a connection. Nothing has been changed; try again when you are online.',
  failed: 'That did not work, and nothing has been changed. {{message}}',
} as const

export const endingZh: Filled<typeof endingEn> = {
  label: '会议的保留与删除',
  kept: '保留期限',
  keptThen: '{{date}}，到期后删除',
  join: '本次会议保留至{{date}}，到期后连同全部内容一并删除。',
  near: '本次会议将于{{date}}到期后删除，需要留存的内容请及时导出。',
  asked: '{{name}}已申请删除本次会议（{{when}}）。一经服务器运维人员执行，全部内容将永久删除。',
  until: '本次会议保留至{{date}}，到期后服务器和各台设备上的全部内容都将删除。',
  never: '本次会议未设保留期限，在服务器运维人员删除之前一直保留。如需设定期限，请联系运维人员。',
  ask: '申请删除',
  sure: '与会各方将在几分钟内看到您提出的申请，随后由服务器运维人员永久删除会议。执行之前可以撤回申请。',
  yes: '提出申请',
  no: '暂不申请',
  withdraw: '撤回申请',
  unreachable: '此操作需要网络连接。未作任何更改，请在恢复连接后重试。',
  failed: '操作未成功，未作任何更改。{{message}}',
}
