import type { Filled } from './words.ts'

/** The sentences of an invitation link, and of what names are not. */
export const joiningEn = {
  link: {
    looking: 'Opening the invitation',
    as: 'You join as {{role}}',
    asOf: 'You join as {{role}}, {{side}}',
    you: 'In this browser you are already in this meeting as {{name}}.',
    changes:
      'In this browser you are already in this meeting as {{name}}. Opening this link gives you its role and side instead; your earlier link takes you back.',
    continue: 'Continue as {{name}}',
    else: 'I am somebody else',
    for: 'This link is for {{name}}. If that is not you, ask for a link of your own.',
    haveCode: 'I have a code',
  },
  name: {
    'no-name': 'A name has 1 to 80 characters.',
    'name-characters': 'Use letters, digits, spaces and . , - · ’ ( ) & / only, and no invisible characters.',
    'name-scripts': 'This mixes alphabets. Use one, or Latin letters together with Chinese, Japanese or Korean.',
    'name-role': 'Only the name of a person: role and side are shown beside it.',
  },
} as const

export const joiningZh: Filled<typeof joiningEn> = {
  link: {
    looking: '正在打开邀请',
    as: '您的身份：{{role}}',
    asOf: '您的身份：{{side}}{{role}}',
    you: '您已在此浏览器中以“{{name}}”的身份加入本次会议。',
    changes:
      '您已在此浏览器中以“{{name}}”的身份加入本次会议。打开此链接后，您将改用上述身份；如需恢复，请重新打开原来的链接。',
    continue: '以“{{name}}”的身份继续',
    else: '我是其他人',
    for: '此链接专供{{name}}使用。如非您本人，请另行索取链接。',
    haveCode: '我有登录码',
  },
  name: {
    'no-name': '请填写姓名，最多 80 个字符。',
    'name-characters': '只能使用文字、数字、空格和 . , - · ’ ( ) & / 等符号，且不能含有不可见字符。',
    'name-scripts': '姓名混用了不同文字。请只用一种文字，或拉丁字母加中文、日文或韩文。',
    'name-role': '请只填写个人姓名，身份和所属一方会另行显示。',
  },
}
