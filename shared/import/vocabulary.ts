import {
  type Assignment,
  type Bilingual,
  type Interpretation,
  itemTexts,
  type Kind,
  type Language,
  type Person,
  type Rule,
  type Sector,
  type Side,
  sectors,
  type Topic,
  type Track,
} from '../domain/agenda.ts'
import type { Fields, ItemFlag, Registers, Values } from '../domain/fields.ts'
import {
  assignmentWords,
  fieldWords,
  flagWords,
  interpretationWords,
  kindWords,
  ruleWords,
  sectorWords,
  sideWords,
  topicWords,
  trackWords,
} from '../export/words.ts'
import { hanIn } from './script.ts'

/** The texts of an item that are prose. */
export const textNames = itemTexts.filter((name) => name !== 'title')
export type TextName = (typeof textNames)[number]

export function forTexts<T>(make: (name: TextName) => T): Readonly<Record<TextName, T>> {
  return Object.fromEntries(textNames.map((name) => [name, make(name)])) as Record<TextName, T>
}

/** The meaning of a label, a heading or a column heading. */
export type Meaning =
  | { readonly type: 'role'; readonly role: Assignment }
  | { readonly type: 'text'; readonly text: TextName }
  | { readonly type: 'readings' | 'people' | 'glossary' | 'proposals' | 'agenda' }
  | { readonly type: 'side'; readonly side: Side }
  | { readonly type: 'place' | 'hosts' | 'zone' | 'date' | 'time' | 'end' | 'minutes' | 'kind' | 'topic' | 'number' }
  | { readonly type: 'title'; readonly language: Language | null }
  | { readonly type: 'name'; readonly language: Language | null }
  | { readonly type: 'affiliation' | 'party' | 'sector' | 'definition' | 'status' }
  | { readonly type: 'language'; readonly language: Language }

const meanings = new Map<string, Meaning>()
// The words of our own exports.
const { objective, questions, output, readings, people, glossary, proposals, hosts, place, zones: zone } = fieldWords
teach<TextName, Meaning>(meanings, (text) => ({ type: 'text', text }), { objective, questions, output })
teach<Assignment, Meaning>(meanings, (role) => ({ type: 'role', role }), assignmentWords)
const ofCopies = { readings, people, glossary, proposals, hosts, place, zone }
teach<keyof typeof ofCopies, Meaning>(meanings, (type) => ({ type }), ofCopies)
// The words that others use.
teach<TextName, Meaning>(meanings, (text) => ({ type: 'text', text }), {
  objective:
    'objective, objectives, aim, aims, goal, goals, purpose, description, abstract, summary, details, notes, content, 目标, 目的, 宗旨, 会议目标, 说明, 内容, 简介, 备注, 内容简介',
  questions:
    'questions, guiding questions, guiding question, discussion questions, questions for discussion, key questions, discussion points, talking points, 讨论问题, 引导问题, 问题, 讨论要点, 讨论议题, 主要问题, 核心问题',
  output:
    'expected output, expected outputs, output, outputs, outcome, outcomes, expected outcome, expected outcomes, expected result, expected results, deliverable, deliverables, 预期成果, 成果, 预期产出, 产出, 预期结果',
})
teach<Assignment, Meaning>(meanings, (role) => ({ type: 'role', role }), {
  chair:
    'chair, chairs, co-chair, co-chairs, cochair, cochairs, chairperson, chairpersons, session chair, session chairs, moderator, moderators, co-moderator, co-moderators, facilitator, facilitators, 主席, 联合主席, 共同主席, 会议主席, 主持, 主持人, 联合主持, 联合主持人',
  presenter:
    'presenter, presenters, presentation, presentations, presented by, speaker, speakers, speaker(s), presenter(s), panelist, panelists, panellist, panellists, keynote, keynote speaker, keynotes, lead, leads, lead-off speaker, 主讲人, 主讲, 主讲嘉宾, 发言人, 发言, 发言嘉宾, 演讲人, 演讲嘉宾, 报告人, 引言人, 讲者, 嘉宾',
  discussant:
    'discussant, discussants, discussant(s), commentator, commentators, respondent, respondents, 评议人, 评论人, 点评人, 与谈人, 讨论人, 评议, 点评',
  rapporteur:
    'rapporteur, rapporteurs, rapporteur(s), note-taker, note taker, note-takers, 报告员, 记录员, 记录, 书记员, 总结人',
})
teach<Side, Meaning>(meanings, (side) => ({ type: 'side', side }), {
  us: 'u.s. delegation, us delegation, american delegation, united states delegation, u.s. side, us side, u.s. participants, american participants, 美方, 美方代表团, 美国代表团, 美方代表, 美方人员',
  cn: 'chinese delegation, china delegation, chinese side, chinese participants, 中方, 中方代表团, 中国代表团, 中方代表, 中方人员',
})
teach<Language | 'either', Meaning>(
  meanings,
  (language) => ({ type: 'title', language: language === 'either' ? null : language }),
  {
    either:
      'item, items, agenda item, title, session, sessions, topic, activity, event, subject, 议题, 议程项目, 事项, 环节, 活动, 会议内容, 标题, 题目, 名称, 议程内容',
    en: 'item (en), title (en), title (english), english title, item (english), session (english), topic (english), 英文议题, 英文标题, 议题（英文）, 英文题目',
    zh: 'item (zh), title (zh), title (chinese), chinese title, item (chinese), session (chinese), topic (chinese), 中文议题, 中文标题, 议题（中文）, 中文题目',
  },
)
teach<Language | 'either', Meaning>(
  meanings,
  (language) => ({ type: 'name', language: language === 'either' ? null : language }),
  {
    either: 'name, names, full name, participant, delegate, 姓名, 名字, 代表',
    en: 'name (en), name (english), english name, 英文名, 英文姓名, 姓名（英文）',
    zh: 'name (zh), name (chinese), chinese name, 中文名, 中文姓名, 姓名（中文）',
  },
)
teach<Language, Meaning>(meanings, (language) => ({ type: 'language', language }), {
  en: 'english, en, english term, term (english), 英文, 英语, term, 英文术语',
  zh: 'chinese, zh, chinese term, term (chinese), 中文, 汉语',
})
teach<Exclude<Meaning['type'], 'text' | 'role' | 'side' | 'title' | 'name' | 'language'>, Meaning>(
  meanings,
  (type) => ({ type }),
  {
    readings:
      'readings, reading, background reading, background readings, reading list, references, materials, background materials, documents, 参考材料, 阅读材料, 背景材料, 参考资料, 参考文献, 推荐阅读, 材料',
    people:
      'people, participants, list of participants, participant list, delegates, list of delegates, delegations, attendees, speakers and participants, 与会人员, 参会人员, 与会者, 参会者, 人员名单, 与会人员名单, 参会人员名单, 参会名单, 代表名单, 代表团名单',
    glossary: 'glossary, glossary of terms, terms, terminology, 术语表, 术语, 词汇表, 术语对照表',
    proposals: 'proposals, proposed items, proposed sessions, parking lot, 待定议题, 备选议题, 提案, 待定',
    agenda:
      'agenda, programme, program, schedule, draft agenda, provisional agenda, 议程, 日程, 会议议程, 会议日程, 日程安排, 议程草案, 会议安排',
    place: 'place, venue, location, room, 地点, 会场, 会议地点, 场地, 会议室',
    hosts:
      'hosts, host, hosted by, organizer, organizers, organiser, organisers, organized by, co-hosts, 主办方, 主办单位, 主办, 承办方, 承办单位, 联合主办',
    zone: 'times are in, all times are in, all times in, time zone, timezone, 所列时间均为, 时区, 时间均为',
    date: 'date, dates, day, 日期, 会议日期, 会期',
    time: 'time, times, start, start time, from, hours, 时间, 开始, 开始时间, 起始时间, 时段, 会议时间',
    end: 'end, end time, to, until, finish, 结束, 结束时间',
    minutes:
      'minutes, min, min., mins, duration, length, 分钟, 时长, 用时, 时长（分钟）, 时长(分钟), duration (min), minutes allotted, 时间长度',
    kind: 'kind, type, format, 类型, 形式, 环节类型',
    topic: 'topic area, 主题',
    number: 'no, no., #, nr, nr., number, 序号, 编号',
    affiliation:
      'affiliation, affiliations, institution, organization, organisation, institute, company, position, title and affiliation, position and affiliation, 单位, 所属单位, 机构, 工作单位, 职务, 单位及职务, 单位职务, 单位/职务',
    party: 'side, party, delegation, country, 方, 国别, 国家, 代表团, 所属方',
    sector: 'sector, field, 界别, 领域',
    definition: 'definition, meaning, explanation, 定义, 释义, 含义',
    status: 'status, 状态',
  },
)

/** `words`: one per language, or several separated by commas. The first entry with a word keeps it. */
function teach<Name extends string, Value>(
  map: Map<string, Value>,
  value: (name: Name) => Value,
  words: Readonly<Record<Name, Bilingual | string>>,
): void {
  for (const name of Object.keys(words) as Name[]) {
    const list: Bilingual | string = words[name]
    const all = typeof list === 'string' ? list.split(', ') : [list.en, list.zh]
    for (const word of all.map(normal)) if (!map.has(word)) map.set(word, value(name))
  }
}

/** The length of the longest label. */
const longestLabel = 60

function normal(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
}

/** The meaning of `text` as a label, in either language or both: `Co-chair / 联合主席`. */
export function meaningOf(text: string): Meaning | null {
  if (text.length > longestLabel) return null
  const whole = normal(text)
    .replace(/[:：]$/, '')
    .trim()
  const parts = [whole, ...whole.split(/[/|]/), ...scripts(whole)]
  for (const part of parts) {
    const found = meanings.get(part.trim())
    if (found) return found
  }
  return null
}

/** The language of a label that has only one; null for `Objective / 目标`. */
export function labelLanguage(text: string): Language | null {
  const chinese = hanIn(text) > 0
  return chinese && /[A-Za-z]{3}/.test(text) ? null : chinese ? 'zh' : 'en'
}

/** Splits `Objective 目标` and `目标 Objective` into two labels. */
function scripts(text: string): string[] {
  const chinese = text.search(/[\u3400-\u9fff]/)
  const english = text.search(/[a-z]/)
  const at = Math.max(chinese, english)
  return Math.min(chinese, english) === 0
    ? [text.slice(0, at), text.slice(at)].map((part) => part.replace(/[\s()]/g, ' ').trim())
    : []
}

/** A label followed by a value. */
export interface Labelled {
  readonly meaning: Meaning
  readonly label: string
  /** The index of the value. */
  readonly at: number
}

/** The label of `Co-chair: A; B`. */
export function labelled(text: string): Labelled | null {
  const colon = text.slice(0, longestLabel).search(/[:：]/)
  if (colon < 1) return null
  const label = text.slice(0, colon)
  const meaning = meaningOf(label)
  if (!meaning) return null
  const space = /^\s{0,4}/.exec(text.slice(colon + 1))![0].length
  return { meaning, label, at: colon + 1 + space }
}

/** Registers of an item, and of the meeting, that a file gives values for. */
export type ItemFacts = Partial<Values<Registers<Fields['item']>>>
export type MeetingFacts = Partial<Values<Registers<Fields['meeting']>>>
export type Fact =
  | { readonly of: 'item'; readonly set: ItemFacts }
  | { readonly of: 'meeting'; readonly set: MeetingFacts }

const facts = new Map<string, Fact>()
teach<Kind, Fact>(facts, (kind) => ({ of: 'item', set: { kind } }), kindWords)
teach<Topic, Fact>(facts, (topic) => ({ of: 'item', set: { topic } }), topicWords)
teach<Interpretation, Fact>(facts, (interpretation) => ({ of: 'item', set: { interpretation } }), interpretationWords)
teach<Track, Fact>(facts, (track) => ({ of: 'meeting', set: { track } }), trackWords)
teach<Rule, Fact>(facts, (rule) => ({ of: 'meeting', set: { rule } }), ruleWords)
teach<ItemFlag, Fact>(
  facts,
  (flag) => ({ of: 'item', set: Object.fromEntries([[flag, true]]) as ItemFacts }),
  flagWords,
)
// The wording of exports by earlier releases, and of others.
const item = (set: ItemFacts) => (): Fact => ({ of: 'item', set })
const meeting = (set: MeetingFacts) => (): Fact => ({ of: 'meeting', set })
teach(facts, item({ topic: 'incident-reporting' }), { former: '事件通报' })
teach(facts, item({ interpretation: 'none' }), { former: '无口译' })
teach(facts, item({ unattributed: true }), { former: '不具名' })
teach(facts, meeting({ rule: 'none' }), { former: '公开记录' })
teach(facts, meeting({ track: '1.5' }), { former: '一轨半, 1.5轨, 1.5 轨' })
teach(facts, meeting({ rule: 'chatham-house' }), { former: '查塔姆守则, 查塔姆宫规则, 查塔姆宫守则, 查塔姆大厦规则' })

/** The fact in one part of a line of facts, in either language or both: `Session / 专题讨论`. */
export function factOf(part: string): Fact | null {
  if (part.length > 80) return null
  const words = normal(part)
  const proposed = /^(?:proposed by|提议方)\s?:\s?(.{1,40})$/.exec(words)
  if (proposed) {
    const side = sideOf(proposed[1]!.split('/')[0]!)
    return side === 'us' || side === 'cn' ? { of: 'item', set: { proposedBy: side } } : null
  }
  for (const one of [words, ...words.split('/')]) {
    const found = facts.get(one.trim())
    if (found) return found
  }
  return null
}

export function sideOf(text: string): Person['side'] | null {
  const start = text.slice(0, 100)
  const parts = partsOf(start)
  for (const side of ['us', 'cn', 'other'] as const) {
    if ([sideWords[side].en, sideWords[side].zh].some((word) => parts.includes(normal(word)))) return side
    if (side === 'other' && parts.includes('其他')) return side
  }
  const us = /\bU\.?\s?S\.?(?:A\.?)?(?![\w])|\bAmerican?\b|United States|美/.test(start)
  const cn = /\bChin(?:a|ese)\b|\bPRC\b|中方|中国|中$|^中/.test(start)
  return us === cn ? null : us ? 'us' : 'cn'
}

export function sectorOf(text: string): Sector | null {
  const parts = partsOf(text.slice(0, 100))
  const all = [normal(text), ...parts, ...parts.flatMap((part) => part.split(' '))]
  const words = (sector: Sector) => [sector, sectorWords[sector].en, sectorWords[sector].zh].map(normal)
  return sectors.find((sector) => words(sector).some((word) => all.includes(word))) ?? null
}

function partsOf(text: string): string[] {
  return normal(text)
    .split(/[/|]/)
    .map((part) => part.trim())
}

/** Whether the text is a placeholder that exports print for an empty title. */
export function isUntitled(text: string): boolean {
  const parts = normal(text)
    .split('/')
    .map((part) => part.trim())
  const names = [normal(fieldWords.untitled.en), normal(fieldWords.untitled.zh)]
  return parts.every((part) => names.includes(part))
}
