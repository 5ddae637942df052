import type { Filled } from './words.ts'

/** The sentences of the first page. They are loaded with it. */
export const homeEn = {
  home: {
    title: 'Your meetings',
    none: 'No meetings on this device',
    noneText:
      'Meetings open from an invitation link. Ask the organizer of your meeting for one; the agenda then opens here, and stays here for the next time.',
    paste: 'Your invitation link or code',
    pasteHint: 'A link ends in # and a long row of characters. A code from your other device has 8 letters and digits.',
    open: 'Open',
    notALink: 'This is neither an invitation link, which contains /join#, nor a code of 8 letters and digits.',
    offline: 'The server cannot be reached. These are the meetings that this device remembers.',
    loading: 'Looking for your meetings',
    leave: 'Sign out on this device',
    create: 'New meeting',
    joinedAs: '{{role}} · {{name}}',
  },
} as const

export const homeZh: Filled<typeof homeEn> = {
  home: {
    title: '您的会议',
    none: '本机尚无会议',
    noneText: '会议须通过邀请链接打开。请向会议组织者索取链接；打开之后，议程会保留在此处，方便下次进入。',
    paste: '邀请链接或登录码',
    pasteHint: '链接以 # 号和一长串字符结尾；您另一台设备上的登录码为 8 位字母和数字。',
    open: '打开',
    notALink: '这既不是邀请链接（应含有 /join#），也不是 8 位登录码。',
    offline: '无法连接服务器。以下是本机记录的会议。',
    loading: '正在查找您的会议',
    leave: '在本机退出登录',
    create: '新建会议',
    joinedAs: '{{role}} · {{name}}',
  },
}
