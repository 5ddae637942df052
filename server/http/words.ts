import type { RefusalCode } from '../../shared/api/terms.ts'
import type { Bilingual, Language } from '../../shared/domain/agenda.ts'
import { formatNames } from '../../shared/export/formats.ts'

/** Every HTTP refusal, in both languages. `{field}` is the name of the wrong field. */
const words = {
  'bad-json': { en: 'The request is not valid JSON.', zh: '请求内容不是有效的 JSON。' },
  'not-json': { en: 'The request must be JSON (application/json).', zh: '请求须为 JSON 格式（application/json）。' },
  'too-large': { en: 'The request is too large.', zh: '请求内容过大。' },
  'too-much': { en: 'Too many requests. Wait a moment and try again.', zh: '请求过于频繁，请稍后再试。' },
  'link-busy': {
    en: 'Many people use this invitation link at this moment. What you have written is safe. Try again in a minute.',
    zh: '目前使用此邀请链接的人较多。您已写的内容是安全的，请一分钟后再试。',
  },
  'link-full': {
    en: 'This invitation link has let in as many people and devices as it may. Nothing is lost. Ask an organizer for another link.',
    zh: '通过此邀请链接加入的人数或设备数已满。内容没有丢失，请向组织者索取另一个链接。',
  },
  'meeting-busy': {
    en: 'This meeting asks for more at this moment than one meeting may. What you have written is safe. Try again in a minute.',
    zh: '本会议目前的请求超出一个会议的限额。您已写的内容是安全的，请一分钟后再试。',
  },
  'meeting-full': {
    en: 'This meeting has stored as much as one meeting may. The agenda and what is stored are safe, but no more is added. Export it, and go on in a new meeting.',
    zh: '本会议的存储量已达限额。议程和已存内容是安全的，但不能再增加。请导出议程，并在新的会议中继续。',
  },
  'server-busy': {
    en: 'The server has too much to do at this moment. What you have written is safe. Try again in a minute.',
    zh: '服务器目前任务过多。您已写的内容是安全的，请一分钟后再试。',
  },
  'server-full': {
    en: 'The server has stored as much as it may. What is stored is safe. Ask an organizer to tell whoever runs it.',
    zh: '服务器的存储量已达限额。已存内容是安全的，请组织者联系服务器管理员。',
  },
  missing: { en: '“{field}” is missing.', zh: '缺少“{field}”。' },
  invalid: { en: '“{field}” is not valid.', zh: '“{field}”无效。' },
  'no-name': {
    en: 'Give a name of 1 to 80 characters in “{field}”.',
    zh: '请在“{field}”中填写 1 至 80 个字符的姓名。',
  },
  'name-characters': {
    en: 'A name in “{field}” is written with letters, digits, spaces and . , - · ’ ( ) & / only.',
    zh: '“{field}”中的姓名只能使用文字、数字、空格和 . , - · ’ ( ) & / 等符号。',
  },
  'name-scripts': {
    en: 'The name in “{field}” mixes alphabets. Write it in one, or in Latin letters and Chinese, Japanese or Korean.',
    zh: '“{field}”中的姓名混用了不同文字。请只用一种文字，或拉丁字母加中文、日文或韩文。',
  },
  'name-role': {
    en: 'Roles and sides are shown beside the name. Give only your own name in “{field}”.',
    zh: '身份和所属一方会在姓名旁另行显示，请在“{field}”中只填写您本人的姓名。',
  },
  'name-taken': {
    en: 'Somebody in this meeting has this name, or one that looks like it. If that is you, get a code on your other device. If not, add an affiliation.',
    zh: '会议中已有人使用该姓名，或与之极为相似的姓名。如果那就是您，请在另一台设备上获取登录码；如果不是，请加上所属单位。',
  },
  'too-many-devices': {
    en: 'As many devices are signed in as this person as can be. End one of them under “Your devices”, or ask an organizer to.',
    zh: '以此身份登录的设备已达上限。请在“我的设备”中退出其中一台，或请组织者协助。',
  },
  'no-session': { en: 'You are not signed in. Open your invitation link.', zh: '您尚未登录，请打开邀请链接。' },
  'no-token': {
    en: 'This is for the operator of the server, who has the token.',
    zh: '此处仅供持有令牌的服务器运维人员使用。',
  },
  'no-invitation': {
    en: 'This link is not an invitation to any meeting. Ask for a new one.',
    zh: '此链接不是有效的会议邀请，请索取新的链接。',
  },
  'link-expired': {
    en: 'This link has expired. Ask an organizer for a new one.',
    zh: '此链接已过期，请向组织者索取新的链接。',
  },
  'link-used-up': {
    en: 'As many people as this link is for have joined. Ask an organizer for a link of your own.',
    zh: '使用此链接加入的人数已满，请向组织者索取您本人的链接。',
  },
  removed: {
    en: 'An organizer has removed you from this meeting. Ask them for a code to come back.',
    zh: '组织者已将您移出会议。如需重新加入，请向组织者索取登录码。',
  },
  'no-code': {
    en: 'This code is wrong, has been used or has expired. Get a new one.',
    zh: '登录码有误、已使用或已过期，请重新获取。',
  },
  'calendar-revoked': { en: 'This calendar address has been revoked.', zh: '此日历地址已被撤销。' },
  revoked: { en: 'This invitation has been revoked. Ask an organizer.', zh: '此邀请已被撤销，请联系组织者。' },
  'not-allowed': { en: 'Your role does not allow this.', zh: '您的身份无权进行此操作。' },
  'other-origin': { en: 'The request comes from another site.', zh: '请求来自其他网站。' },
  'not-found': { en: 'There is nothing at this address.', zh: '此地址没有内容。' },
  'no-meeting': { en: 'There is no such meeting, or you are not part of it.', zh: '会议不存在，或您未参加该会议。' },
  deleted: { en: 'This meeting has been deleted.', zh: '本次会议已被删除。' },
  'no-format': {
    en: `“{field}” must be one of ${formatNames.join(', ')}.`,
    zh: `“{field}”须为以下之一：${formatNames.join('、')}。`,
  },
  changing: {
    en: 'This agenda is being changed elsewhere. Try again in a minute.',
    zh: '此议程正在别处改动，请一分钟后再试。',
  },
  'no-day': { en: '“{field}” names a day that the agenda does not have.', zh: '“{field}”所指日期不在议程之中。' },
  'no-version': { en: 'There is no such version.', zh: '没有该版本。' },
  'no-pdf': {
    en: 'This server cannot make PDF files. Export the web page and print it, or use the Word file.',
    zh: '此服务器无法生成 PDF。请导出网页后打印，或改用 Word 文件。',
  },
  'gave-up': {
    en: 'This took too much time or memory and was stopped. Try fewer days or a smaller file.',
    zh: '处理所需时间或内存过多，已中止。请减少所选日期或改用较小的文件。',
  },
  busy: { en: 'The server is busy with other files. Try again in a minute.', zh: '当前任务过多，请稍后再试。' },
  'file-too-large': { en: 'The file is larger than 20 MB.', zh: '文件超过 20 MB。' },
  'not-a-file': { en: 'Send the file as application/octet-stream.', zh: '请以 application/octet-stream 发送文件。' },
  'not-ready': { en: 'Changes cannot be stored at the moment.', zh: '目前无法保存改动。' },
  'revoked-unstored': {
    en: 'This holds from now on, but could not be stored yet. The server keeps trying. If it restarts before it succeeds, do this again.',
    zh: '操作已即刻生效，但暂时未能保存；服务器将继续尝试。若服务器在保存前重启，请重新操作。',
  },
  damaged: {
    en: 'This document is damaged on the server. Tell whoever runs it. Nothing on your device is lost.',
    zh: '此文件在服务器上已损坏，请告知服务器管理员。您设备上的内容不受影响。',
  },
  failed: { en: 'Something went wrong on the server.', zh: '服务器出错。' },
} as const satisfies Record<RefusalCode, Bilingual>

export function sentence(code: RefusalCode, language: Language, field = ''): string {
  return words[code][language].replace('{field}', field)
}

/** The preferred one of our two languages by an Accept-Language header. English when neither is named. */
export function languageOf(header: string | undefined): Language {
  let best: { language: Language; weight: number } = { language: 'en', weight: 0 }
  for (const part of (header ?? '').split(',')) {
    const [tag = '', ...settings] = part.trim().toLowerCase().split(';')
    const quality = settings.map((one) => /^\s*q=([\d.]+)$/.exec(one)?.[1]).find((one) => one !== undefined)
    const weight = quality === undefined ? 1 : Number(quality)
    const language = /^zh\b/.test(tag) ? 'zh' : /^en\b/.test(tag) ? 'en' : null
    if (language !== null && weight > best.weight) best = { language, weight }
  }
  return best.language
}
