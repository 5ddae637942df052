import type { Agenda, Bilingual, Day, DayId, Item, ItemId, Kind, Prose, Topic } from './agenda.ts'
import { addDays } from './clock.ts'
import { blankOf, fields, type ItemFlag } from './fields.ts'

export const templates = ['two-day', 'half-day', 'blank'] as const
export type Template = (typeof templates)[number]

export interface TemplateOptions {
  readonly title: Bilingual
  /** ISO date of the first day. */
  readonly date: string
  readonly zones?: Agenda['zones']
  /** Returns a fresh id at every call. */
  readonly newId: () => string
}

/** A new agenda: empty, or with sessions on what scientists and companies of both sides can work on together. */
export function template(name: Template, { title, date, zones, newId }: TemplateOptions): Agenda {
  const day = (offset: number, start: string, end: string, items: readonly Draft[]): Day => ({
    id: newId() as DayId,
    date: addDays(date, offset),
    start,
    end,
    items: items.map((draft) => itemOf(draft, newId() as ItemId)),
  })
  return {
    format: 'parley.agenda/1',
    title,
    track: '2',
    rule: 'chatham-house',
    hosts: [],
    place: { en: '', zh: '' },
    zones: zones ?? { venue: 'Asia/Singapore', us: 'America/New_York', cn: 'Asia/Shanghai' },
    days: daysOf(name, day),
    proposals: name === 'two-day' ? proposals.map((draft) => itemOf(draft, newId() as ItemId)) : [],
    people: [],
    glossary: [],
  }
}

type MakeDay = (offset: number, start: string, end: string, items: readonly Draft[]) => Day

function daysOf(name: Template, day: MakeDay): Day[] {
  switch (name) {
    case 'two-day':
      return [day(0, '08:30', '20:30', firstDay), day(1, '09:00', '17:30', secondDay)]
    case 'half-day':
      return [day(0, '09:00', '13:00', halfDay)]
    case 'blank':
      return [day(0, '09:00', '17:00', [])]
  }
}

interface Draft extends Partial<Readonly<Record<ItemFlag, boolean>>> {
  readonly kind: Kind
  readonly topic: Topic
  readonly title: Bilingual
  readonly minutes: number
  readonly pinned?: string
  readonly objective?: Bilingual
  readonly questions?: Bilingual<readonly string[]>
  readonly output?: Bilingual
}

function itemOf(draft: Draft, id: ItemId): Item {
  const { kind, topic, title, minutes, pinned, objective, questions, output, ...flags } = draft
  return {
    id,
    title,
    ...blankOf(fields.item),
    ...flags,
    kind,
    topic,
    minutes,
    ...(pinned === undefined ? {} : { pinned }),
    objective: { en: paragraph(objective?.en), zh: paragraph(objective?.zh) },
    questions: { en: list(questions?.en), zh: list(questions?.zh) },
    output: { en: paragraph(output?.en), zh: paragraph(output?.zh) },
    roles: [],
    readings: [],
    interpretation: kind === 'session' || kind === 'breakout' ? 'simultaneous' : 'none',
  }
}

function paragraph(text: string | undefined): Prose {
  return text ? [{ type: 'paragraph', content: [{ type: 'text', text }] }] : []
}

function list(entries: readonly string[] | undefined): Prose {
  return entries ? [{ type: 'ordered-list', items: entries.map(paragraph) }] : []
}

const opening: Draft = {
  kind: 'opening',
  topic: 'logistics',
  title: { en: 'Opening by the co-chairs and ground rules', zh: '联合主席开幕致辞与会议规则' },
  minutes: 30,
  objective: {
    en: 'Agree how the meeting works: the Chatham House Rule, the two languages as equals, and what happens with the results.',
    zh: '明确会议规则：适用查塔姆研究所规则，中英文地位平等，以及会议成果的处理方式。',
  },
}

const terminology: Draft = {
  kind: 'session',
  topic: 'benchmarks',
  title: { en: 'Shared terminology for evaluation', zh: '评测共同术语' },
  minutes: 75,
  objective: {
    en: 'Agree on the ten terms that the rest of the meeting depends on, and record where the two readings differ.',
    zh: '就后续讨论所依赖的十个术语达成一致，并如实记录双方理解的不同之处。',
  },
  questions: {
    en: [
      'Which terms do we use with the same meaning today, and which only look the same?',
      'How do we keep “safety” and “security” apart when Chinese has one word for both?',
      'Who keeps the glossary between meetings?',
    ],
    zh: [
      '哪些术语双方含义一致？哪些只是看似一致？',
      '中文“安全”一词兼指 safety 与 security，讨论中如何加以区分？',
      '两次会议之间由谁维护术语表？',
    ],
  },
  output: {
    en: 'A first joint glossary, each term marked joint, parallel or disputed.',
    zh: '首份联合术语表，逐条注明“共同”“并行”或“有争议”。',
  },
}

const benchmarks: Draft = {
  kind: 'session',
  topic: 'benchmarks',
  title: { en: 'Evaluations and safety benchmarks', zh: '模型评测与安全基准' },
  minutes: 90,
  objective: {
    en: 'Find the benchmarks that laboratories on both sides already run, and one that they could run together.',
    zh: '梳理双方实验室均在使用的基准，并选定一项可联合开展的评测。',
  },
  questions: {
    en: [
      'Which published safety benchmarks give comparable results in English and in Chinese?',
      'What must be shared for a result to be reproducible, and what cannot be shared?',
      'What would a joint bilingual test set need to contain?',
    ],
    zh: [
      '现有公开安全基准中，哪些在中英文条件下结果可比？',
      '要使结果可复现，哪些信息必须共享？哪些不能共享？',
      '联合双语测试集应包含哪些内容？',
    ],
  },
  output: {
    en: 'A short list of benchmarks, and a proposal for one joint bilingual evaluation.',
    zh: '基准简要清单，以及一项联合双语评测的建议方案。',
  },
}

const protocols: Draft = {
  kind: 'session',
  topic: 'testing-protocols',
  title: { en: 'Testing protocols before release', zh: '模型发布前的测试规程' },
  minutes: 90,
  objective: {
    en: 'Compare how each side tests a model before release, red teaming included, and find the steps that both could accept.',
    zh: '比较双方在模型发布前的测试做法（含红队测试），找出双方均可接受的步骤。',
  },
  questions: {
    en: [
      'Which steps does every serious protocol contain?',
      'Who carries out red teaming, and with what access?',
      'What result should stop a release?',
    ],
    zh: [
      '一套严肃的测试规程应包含哪些必要步骤？',
      '红队测试由谁实施？应获得何种访问权限？',
      '出现何种结果应暂停发布？',
    ],
  },
  output: {
    en: 'An outline of a common minimum protocol, with open points in brackets.',
    zh: '共同最低测试规程提纲，未决之处以方括号标出。',
  },
}

const bias: Draft = {
  kind: 'breakout',
  topic: 'bias',
  title: { en: 'Breakout: measuring algorithmic bias', zh: '分组讨论：算法偏见的度量' },
  minutes: 75,
  objective: {
    en: 'Choose one bias problem that researchers on both sides could study with shared methods.',
    zh: '选定一个双方研究者可用共同方法研究的算法偏见问题。',
  },
  questions: {
    en: ['Which measures carry over between languages and societies?', 'Which data could both sides publish?'],
    zh: ['哪些度量方法可跨语言、跨社会使用？', '双方可公开哪些数据？'],
  },
  output: { en: 'A one-page outline of a joint study.', zh: '一页篇幅的联合研究提纲。' },
}

const deepfakes: Draft = {
  kind: 'breakout',
  topic: 'deepfakes',
  title: { en: 'Breakout: detecting and labeling deepfakes', zh: '分组讨论：深度伪造的检测与标识' },
  minutes: 75,
  objective: {
    en: 'Compare detection and content labeling in use on both sides, and what would make labels readable across platforms.',
    zh: '比较双方现行的检测与内容标识做法，探讨标识如何跨平台识读。',
  },
  questions: {
    en: ['Where do detectors fail in the other language?', 'Could labels made on one side be read on the other?'],
    zh: ['检测工具在另一种语言中何处失灵？', '一方生成的标识能否为另一方所识读？'],
  },
  output: { en: 'A proposal for a shared detection test.', zh: '关于共同检测测试的建议。' },
}

const rapporteurs: Draft = {
  kind: 'session',
  topic: 'other',
  title: { en: 'Rapporteurs report from the breakouts', zh: '总结人汇报分组讨论情况' },
  minutes: 30,
  objective: {
    en: 'Bring both breakouts back to the plenary and note what is ready to be drafted.',
    zh: '向全体会议汇报两组讨论情况，明确可进入案文磋商的内容。',
  },
}

const incidents: Draft = {
  kind: 'session',
  topic: 'incident-reporting',
  title: { en: 'Incident reporting across borders', zh: '人工智能事件的跨境通报' },
  minutes: 90,
  objective: {
    en: 'Describe what an AI incident is, and what each side could tell the other, when, and through whom.',
    zh: '厘清何为人工智能事件，以及双方可在何时、经由何种渠道相互通报何种信息。',
  },
  questions: {
    en: [
      'What is the smallest common description of an incident?',
      'Which incidents should be reported within days, and which in a yearly review?',
      'Which contact points exist already?',
    ],
    zh: [
      '描述一起事件至少需要哪些共同要素？',
      '哪些事件应在数日内通报？哪些可纳入年度汇总？',
      '目前已有哪些联络渠道？',
    ],
  },
  output: {
    en: 'A draft one-page incident form in both languages.',
    zh: '中英文对照的一页事件报告表草案。',
  },
}

const research: Draft = {
  kind: 'session',
  topic: 'other',
  title: { en: 'Joint research projects', zh: '联合研究项目' },
  minutes: 75,
  objective: {
    en: 'Turn the proposals of the first day into two or three projects with named institutions, data and dates.',
    zh: '将首日提出的设想落实为两至三个项目，明确承担机构、数据与时间。',
  },
  questions: {
    en: ['Which project can begin within three months?', 'Which permissions does each side need?'],
    zh: ['哪个项目可在三个月内启动？', '双方各需取得哪些许可？'],
  },
  output: { en: 'A list of projects, each with one lead per side.', zh: '项目清单，每项由双方各派一名牵头人。' },
}

const drafting: Draft = {
  kind: 'drafting',
  topic: 'other',
  title: { en: 'Drafting and clearing of brackets', zh: '案文磋商与方括号清理' },
  minutes: 90,
  objective: {
    en: 'Settle the open wording of the readout; what cannot be settled stays in brackets.',
    zh: '商定会议摘要中的未决措辞；无法达成一致的保留方括号。',
  },
  unattributed: true,
}

const adoption: Draft = {
  kind: 'session',
  topic: 'governance',
  title: { en: 'Adopting the readout and referrals to Track 1', zh: '通过会议摘要并确定提交一轨事项' },
  minutes: 45,
  objective: {
    en: 'Adopt the readout as a whole and decide what is referred to Track 1.',
    zh: '整体通过会议摘要，并确定提交一轨的事项。',
  },
  output: {
    en: 'Readout without names; list of points referred to Track 1.',
    zh: '会议摘要（不具名）；提交一轨事项清单。',
  },
}

const nextRound: Draft = {
  kind: 'session',
  topic: 'logistics',
  title: { en: 'Next round and host', zh: '下一轮会议及承办方' },
  minutes: 20,
}

const closing: Draft = {
  kind: 'closing',
  topic: 'logistics',
  title: { en: 'Closing by the co-chairs', zh: '联合主席闭幕致辞' },
  minutes: 10,
}

function pause(minutes: number): Draft {
  return { kind: 'break', topic: 'logistics', title: { en: 'Coffee', zh: '茶歇' }, minutes }
}

const lunch: Draft = { kind: 'meal', topic: 'logistics', title: { en: 'Lunch', zh: '午餐' }, minutes: 75 }

const firstDay: readonly Draft[] = [
  { kind: 'opening', topic: 'logistics', title: { en: 'Registration', zh: '签到' }, minutes: 30 },
  opening,
  terminology,
  pause(30),
  benchmarks,
  lunch,
  protocols,
  pause(30),
  bias,
  deepfakes,
  rapporteurs,
  { kind: 'meal', topic: 'logistics', title: { en: 'Dinner', zh: '晚宴' }, minutes: 120, pinned: '18:30' },
]

const secondDay: readonly Draft[] = [
  { kind: 'session', topic: 'other', title: { en: 'Recap of the first day', zh: '首日会议回顾' }, minutes: 15 },
  incidents,
  pause(30),
  research,
  lunch,
  drafting,
  pause(20),
  adoption,
  nextRound,
  closing,
]

const halfDay: readonly Draft[] = [
  { ...opening, minutes: 15 },
  { ...terminology, minutes: 45 },
  { ...benchmarks, minutes: 60 },
  pause(15),
  { ...incidents, minutes: 60 },
  { ...drafting, minutes: 30 },
  closing,
]

const proposals: readonly Draft[] = [
  {
    kind: 'session',
    topic: 'testing-protocols',
    title: { en: 'Red teaming across languages', zh: '跨语言红队测试' },
    minutes: 60,
    objective: {
      en: 'See whether a weakness found in one language carries over to the other, and how to tell each other safely.',
      zh: '检验在一种语言中发现的弱点是否会出现在另一种语言中，以及如何稳妥地相互告知。',
    },
  },
  {
    kind: 'session',
    topic: 'incident-reporting',
    title: { en: 'A tabletop exercise on an incident', zh: '人工智能事件桌面推演' },
    minutes: 90,
    objective: {
      en: 'Walk through one invented incident and note where reporting would have failed.',
      zh: '推演一起虚构事件，记录通报可能在哪些环节失灵。',
    },
  },
]
