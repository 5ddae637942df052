import type {
  Agenda,
  Assignment,
  Bilingual,
  Interpretation,
  Kind,
  Language,
  Person,
  Rule,
  Sector,
  Side,
  Topic,
  Track,
} from '../domain/agenda.ts'
import { cityOf } from '../domain/city.ts'
import { localTime } from '../domain/clock.ts'
import type { ItemFlag } from '../domain/fields.ts'

/** The fixed words of every exported document, in both languages. */

export const kindWords: Record<Kind, Bilingual> = {
  session: { en: 'Session', zh: '专题讨论' },
  opening: { en: 'Opening', zh: '开幕' },
  breakout: { en: 'Breakout', zh: '分组讨论' },
  drafting: { en: 'Drafting', zh: '案文磋商' },
  break: { en: 'Break', zh: '茶歇' },
  meal: { en: 'Meal', zh: '用餐' },
  closing: { en: 'Closing', zh: '闭幕' },
}

export const topicWords: Record<Topic, Bilingual> = {
  benchmarks: { en: 'Safety benchmarks', zh: '安全基准' },
  'testing-protocols': { en: 'Testing protocols', zh: '测试规程' },
  'incident-reporting': { en: 'Incident reporting', zh: '事件报告' },
  bias: { en: 'Algorithmic bias', zh: '算法偏见' },
  deepfakes: { en: 'Deepfakes', zh: '深度伪造' },
  governance: { en: 'Governance', zh: '治理' },
  geopolitics: { en: 'Geopolitics', zh: '地缘政治' },
  logistics: { en: 'Logistics', zh: '会务' },
  other: { en: 'Other', zh: '其他' },
}

export const assignmentWords: Record<Assignment, Bilingual> = {
  chair: { en: 'Co-chair', zh: '联合主席' },
  presenter: { en: 'Presenter', zh: '主讲人' },
  discussant: { en: 'Discussant', zh: '评议人' },
  rapporteur: { en: 'Rapporteur', zh: '总结人' },
}

/** The same for several people. */
export const assignmentsWords: Record<Assignment, Bilingual> = {
  chair: { en: 'Co-chairs', zh: '联合主席' },
  presenter: { en: 'Presenters', zh: '主讲人' },
  discussant: { en: 'Discussants', zh: '评议人' },
  rapporteur: { en: 'Rapporteurs', zh: '总结人' },
}

export const sectorWords: Record<Sector, Bilingual> = {
  academia: { en: 'Academia', zh: '学术界' },
  industry: { en: 'Industry', zh: '产业界' },
  'think-tank': { en: 'Think tank', zh: '智库' },
  'civil-society': { en: 'Civil society', zh: '社会组织' },
  policy: { en: 'Policy', zh: '政策界' },
  military: { en: 'Military', zh: '军方' },
  official: { en: 'Official', zh: '官员' },
}

export const interpretationWords: Record<Interpretation, Bilingual> = {
  none: { en: 'No interpretation', zh: '不安排口译' },
  simultaneous: { en: 'Simultaneous interpretation', zh: '同声传译' },
  consecutive: { en: 'Consecutive interpretation', zh: '交替传译' },
}

export const sideWords: Record<Person['side'], Bilingual> = {
  us: { en: 'U.S.', zh: '美方' },
  cn: { en: 'China', zh: '中方' },
  other: { en: 'Other', zh: '第三方' },
}

export const trackWords: Record<Track, Bilingual> = {
  '1.5': { en: 'Track 1.5', zh: '1.5 轨（一轨半）' },
  '2': { en: 'Track 2', zh: '二轨' },
}

export const ruleWords: Record<Rule, Bilingual> = {
  'chatham-house': { en: 'Chatham House Rule', zh: '查塔姆研究所规则' },
  none: { en: 'On the record', zh: '可具名引述' },
}

/** What a copy says of an item where a flag is set. */
export const flagWords: Record<ItemFlag, Bilingual> = {
  unattributed: { en: 'Not for attribution', zh: '不具名引述' },
}

export const fieldWords = {
  objective: { en: 'Objective', zh: '目标' },
  questions: { en: 'Guiding questions', zh: '讨论问题' },
  output: { en: 'Expected output', zh: '预期成果' },
  readings: { en: 'Readings', zh: '参考材料' },
  people: { en: 'People', zh: '与会人员' },
  proposals: { en: 'Proposals', zh: '待定议题' },
  glossary: { en: 'Glossary', zh: '术语表' },
  hosts: { en: 'Hosts', zh: '主办方' },
  place: { en: 'Place', zh: '地点' },
  zones: { en: 'Times are in', zh: '所列时间均为' },
  proposedBy: { en: 'Proposed by', zh: '提议方' },
  untitled: { en: 'Untitled', zh: '未命名' },
  name: { en: 'Name', zh: '姓名' },
  affiliation: { en: 'Affiliation', zh: '单位' },
  side: { en: 'Side', zh: '所属方' },
  sector: { en: 'Sector', zh: '界别' },
  time: { en: 'Time', zh: '时间' },
  item: { en: 'Item', zh: '议题' },
  agenda: { en: 'Agenda', zh: '议程' },
} as const satisfies Record<string, Bilingual>

/** Labels of versions, in the terms of the field. */
export const labelWords = {
  'non-paper': { en: 'Non-paper', zh: '非文件' },
  'rolling-text': { en: 'Rolling text', zh: '滚动案文' },
  draft: { en: 'Draft', zh: '草案' },
  final: { en: 'Final', zh: '定稿' },
} as const satisfies Record<string, Bilingual>

/** The name of a version's copy: `Rolling text 3 · After the second call · 12 March 2026, 21:40 (Beijing time)`. */
export function editionOfVersion(
  version: {
    readonly label: keyof typeof labelWords
    readonly number: number
    readonly name: string
    readonly at: number
  },
  zone: string,
): Bilingual {
  const named = version.name === '' ? '' : ` · ${version.name}`
  const words = labelWords[version.label]
  return {
    en: `${words.en} ${version.number}${named} · ${momentText(version.at, zone, 'en')}`,
    zh: `${words.zh}（第 ${version.number} 版）${named} · ${momentText(version.at, zone, 'zh')}`,
  }
}

/** How a copy of the current agenda describes itself. */
export function editionAsOf(at: number, zone: string): Bilingual {
  return { en: `As of ${momentText(at, zone, 'en')}`, zh: `截至${momentText(at, zone, 'zh')}` }
}

/** `Beijing time`, `北京时间`. */
export function zoneText(zone: string, language: Language): string {
  if (zone === 'UTC') return language === 'en' ? 'UTC' : '协调世界时'
  return language === 'en' ? `${cityOf(zone, 'en')} time` : `${cityOf(zone, 'zh')}时间`
}

/** `12 March 2026, 21:40 (Beijing time)`, `2026年3月12日 21:40（北京时间）`. */
function momentText(at: number, zone: string, language: Language): string {
  const { date, time } = localTime(at, zone)
  const [year, month, day] = date.split('-').map(Number)
  if (language === 'zh') return `${year}年${month}月${day}日 ${time}（${zoneText(zone, language)}）`
  return `${day} ${dateWord('en', 'month', date)} ${year}, ${time} (${zoneText(zone, language)})`
}

/** The side that comes first in a copy, then the other (alternat). */
export function sidesFrom(lead: Side): readonly [Side, Side] {
  return lead === 'us' ? ['us', 'cn'] : ['cn', 'us']
}

/** People in the order of a copy: the lead's delegation, the other's, then all others; each in its own order. */
export function peopleFrom(agenda: Agenda, lead: Side): readonly Person[] {
  const order: readonly Person['side'][] = [...sidesFrom(lead), 'other']
  return order.flatMap((side) => agenda.people.filter((person) => person.side === side))
}

/** `Day 1 · Thursday, 12 March 2026`, `第 1 天 · 2026年3月12日 星期四`. */
export function dayHeading(index: number, date: string, language: Language): string {
  const [year, month, day] = date.split('-').map(Number)
  return language === 'en'
    ? `Day ${index + 1} · ${dateWord(language, 'weekday', date)}, ${day} ${dateWord(language, 'month', date)} ${year}`
    : `第 ${index + 1} 天 · ${year}年${month}月${day}日 ${dateWord(language, 'weekday', date)}`
}

const formatters = new Map<string, Intl.DateTimeFormat>()

/** The name of the month or weekday of an ISO date. Formatters are expensive to create, so they are cached. */
export function dateWord(language: Language, part: 'month' | 'weekday', date: string): string {
  const key = `${language} ${part}`
  let formatter = formatters.get(key)
  if (formatter === undefined) {
    const tag = language === 'en' ? 'en-GB' : 'zh-CN'
    formatter = new Intl.DateTimeFormat(tag, { [part]: 'long', timeZone: 'UTC' })
    formatters.set(key, formatter)
  }
  return formatter.format(new Date(`${date}T00:00:00Z`))
}

/** `75 min`, `75 分钟`. */
export function minutesText(minutes: number, language: Language): string {
  return language === 'en' ? `${minutes} min` : `${minutes} 分钟`
}
