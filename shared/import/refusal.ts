import type { Bilingual, Language } from '../domain/agenda.ts'
import { most } from '../domain/fields.ts'
import type { RefusedFile, Understanding } from './understanding.ts'

/** What a file appears to be, for use in sentences. */
export type Seeming =
  | 'json'
  | 'markdown'
  | 'word'
  | 'calendar'
  | 'pdf'
  | 'old-word'
  | 'encrypted'
  | 'office'
  | 'spreadsheet'
  | 'slides'
  | 'open-document'
  | 'archive'
  | 'rich-text'
  | 'web-page'
  | 'picture'
  | 'binary'
  | 'empty'

const seemings: Record<Seeming, Bilingual> = {
  json: { en: 'JSON data', zh: 'JSON 数据' },
  markdown: { en: 'plain text or Markdown', zh: '纯文本或 Markdown' },
  word: { en: 'a Word document (.docx)', zh: 'Word 文档（.docx）' },
  calendar: { en: 'a calendar (.ics)', zh: '日历文件（.ics）' },
  pdf: { en: 'a PDF', zh: 'PDF 文件' },
  'old-word': { en: 'a Word document of the old format (.doc)', zh: '旧版 Word 文档（.doc）' },
  encrypted: { en: 'an Office document with a password', zh: '设有密码的 Office 文档' },
  office: { en: 'an Office document of an old format', zh: '旧版 Office 文档' },
  spreadsheet: { en: 'a spreadsheet', zh: '电子表格' },
  slides: { en: 'a slide show', zh: '演示文稿' },
  'open-document': { en: 'an OpenDocument file', zh: 'OpenDocument 文件' },
  archive: { en: 'a ZIP archive', zh: 'ZIP 压缩包' },
  'rich-text': { en: 'a rich text document (.rtf)', zh: 'RTF 文档' },
  'web-page': { en: 'a web page', zh: '网页' },
  picture: { en: 'a picture', zh: '图片' },
  binary: { en: 'unreadable data', zh: '无法识别的内容' },
  empty: { en: 'empty', zh: '空文件' },
}

const readable: Bilingual = {
  en: 'Word (.docx), Markdown or plain text (.md, .txt), calendars (.ics), conference schedules (.json) and Parley’s own JSON can be read',
  zh: '可读取的格式：Word（.docx）、Markdown 或纯文本（.md、.txt）、日历（.ics）、会议日程（.json）以及共议的 JSON',
}
const unchanged: Bilingual = { en: 'Nothing was changed.', zh: '议程未作任何改动。' }

function refused(language: Language, reason: RefusedFile, en: string, zh: string): Understanding {
  const message = language === 'en' ? `${en} ${unchanged.en}` : `${zh}${unchanged.zh}`
  return { status: 'refused', reason, message }
}

/** A refusal that is the same for all files. */
function always(reason: RefusedFile, en: string, zh: string): (language: Language) => Understanding {
  return (language) => refused(language, reason, en, zh)
}

const saveAsWord: Bilingual = {
  en: 'Open it in Word, WPS or LibreOffice and save it as .docx.',
  zh: '请用 Word、WPS 或 LibreOffice 打开，另存为 .docx 后再试。',
}
const copyIntoWord: Bilingual = {
  en: 'Copy the agenda into a Word document and choose that.',
  zh: '请将议程复制到 Word 文档中，再选择该文档。',
}
const advices: Partial<Record<Seeming, Bilingual>> = {
  'old-word': saveAsWord,
  office: saveAsWord,
  'open-document': saveAsWord,
  'rich-text': saveAsWord,
  spreadsheet: copyIntoWord,
  slides: copyIntoWord,
  'web-page': copyIntoWord,
  archive: { en: 'Unpack it and choose the agenda itself.', zh: '请先解压，再选择其中的议程文件。' },
  pdf: {
    en: 'Ask for the document that the PDF was made from, or open it in Word and save it as .docx.',
    zh: '请索取生成该 PDF 的原始文档，或用 Word 打开后另存为 .docx 再试。',
  },
}

/** The sentences of every refusal: what happened, that nothing was changed, and what to do. */
export const refusal = {
  tooLarge: always(
    'too-large',
    'The file is too large (the limit is 20 MB, and 2 million characters of text). Remove its pictures, or save the agenda alone as a new file.',
    '文件过大（上限为 20 MB，文字不超过 200 万字符）。请删除其中的图片，或将议程部分另存为新文件后再试。',
  ),
  unpacksTooLarge: always(
    'unpacks-too-large',
    'What is packed in the document is far larger than an agenda can be, so it was not opened. If you trust it, copy the agenda into a new document and choose that.',
    '该文档解压后的内容远超议程应有的大小，因此未予打开。如果文件来源可靠，请将议程复制到新文档后再试。',
  ),
  tooMany: always(
    'too-many',
    `The file has more than an agenda holds: ${most.items} items, ${most.days} days or ${most.people} people. Divide it, or delete what is not part of the agenda.`,
    `文件内容超出议程的容量（议题 ${most.items} 个、会期 ${most.days} 天、人员 ${most.people} 名）。请拆分文件，或删除不属于议程的内容后再试。`,
  ),
  encrypted: always(
    'encrypted',
    'The document is locked with a password. Open it, save a copy without the password as .docx, and choose the copy.',
    '该文档设有密码。请打开后另存为不带密码的 .docx 副本，再选择该副本。',
  ),
  empty: always('nothing-found', 'The file is empty. Choose another file.', '文件为空。请选择其他文件。'),
  nothingFound: always(
    'nothing-found',
    'No agenda item was found in the file. An item is a heading, a line or a table row that begins with a time, such as “09:30–10:45 Opening”, or that is listed under a day and has a length, such as “Opening (30 min)”.',
    '文件中未找到任何议题。议题应为以时间开头的标题、文字行或表格行，例如“09:30–10:45 开幕”；或位于某一天之下并注明时长，例如“开幕（30 分钟）”。',
  ),

  misnamed: (name: Seeming, content: Seeming, language: Language): Understanding =>
    refused(
      language,
      'not-what-it-says',
      `By its name the file is ${seemings[name].en}, but its content is ${seemings[content].en}. Open it in the program that it was made with and save it again, or give it a name that fits its content.`,
      `从文件名看，这是${seemings[name].zh}，但其内容是${seemings[content].zh}。请用原来的程序打开并重新保存，或改用与内容相符的扩展名。`,
    ),

  unknown: (content: Seeming, language: Language): Understanding => {
    const advice = advices[content] ?? { en: 'Choose another file.', zh: '请选择其他文件。' }
    return refused(
      language,
      'unknown-kind',
      `The file seems to be ${content === 'binary' ? 'something else: it contains no readable text' : seemings[content].en}. ${readable.en}. ${advice.en}`,
      `该文件似乎是${seemings[content].zh}。${readable.zh}。${advice.zh}`,
    )
  },

  broken: (what: Seeming, language: Language): Understanding =>
    refused(
      language,
      'broken',
      `The file seems to be ${seemings[what].en}, but it is damaged or incomplete. Ask for it again, or open it in the program that it was made with and save it anew.`,
      `该文件似乎是${seemings[what].zh}，但已损坏或不完整。请重新获取该文件，或用原来的程序打开并重新保存。`,
    ),

  notCanonical: (problems: readonly string[], language: Language): Understanding =>
    refused(
      language,
      'not-canonical',
      `The file does not keep to the format parley.agenda/1. ${problems.join(' ')} Export the agenda again, or correct the file.`,
      `文件不符合 parley.agenda/1 格式。${problems.join('')}请重新导出议程，或修正文件后再试。`,
    ),
}
