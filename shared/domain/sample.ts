import type { Agenda, Bilingual, Expertise, Item, Person, PersonId, Role, Sector, Side } from './agenda.ts'
import { template } from './template.ts'

/** The meeting that a first start shows. Its people are invented: roles with a type of institution, no names. */
export function sampleAgenda({ date, newId }: { date: string; newId: () => string }): Agenda {
  const agenda = template('two-day', {
    title: { en: 'Dialogue on AI testing (sample)', zh: '人工智能测试对话（示例）' },
    date,
    newId,
  })
  const people = cast.map(([side, sector, expertise, name, affiliation]): Person => {
    return { id: newId() as PersonId, name, affiliation, side, sector, expertise }
  })
  return {
    ...agenda,
    place: { en: 'Singapore', zh: '新加坡' },
    hosts: [
      { side: 'us', name: { en: 'A U.S. policy institute (sample)', zh: '美方某政策研究所（示例）' } },
      { side: 'cn', name: { en: 'A Chinese university institute (sample)', zh: '中方某大学研究院（示例）' } },
    ],
    people,
    days: agenda.days.map((day) => ({ ...day, items: day.items.map((item) => staff(item, people)) })),
  }
}

type Member = [side: Side, sector: Sector, expertise: Expertise, name: Bilingual, affiliation: Bilingual]

const cast: readonly Member[] = [
  member('us', 'think-tank', 'policy', 'Co-chair, U.S. side', '美方联合主席', 'Policy institute', '政策研究所'),
  member(
    'us',
    'academia',
    'technical',
    'Evaluation scientist A',
    '评测科学家甲',
    'University laboratory',
    '大学实验室',
  ),
  member('us', 'industry', 'technical', 'Red-team lead A', '红队测试负责人甲', 'AI company', '人工智能企业'),
  member('us', 'civil-society', 'both', 'Incident researcher A', '事件研究员甲', 'Non-profit', '非营利机构'),
  member('cn', 'academia', 'both', 'Co-chair, Chinese side', '中方联合主席', 'University institute', '大学研究院'),
  member('cn', 'academia', 'technical', 'Evaluation scientist B', '评测科学家乙', 'National laboratory', '国家实验室'),
  member('cn', 'industry', 'technical', 'Safety lead B', '安全负责人乙', 'AI company', '人工智能企业'),
  member('cn', 'think-tank', 'policy', 'Policy researcher B', '政策研究员乙', 'Think tank', '智库'),
]

function member(
  side: Side,
  sector: Sector,
  expertise: Expertise,
  nameEn: string,
  nameZh: string,
  fromEn: string,
  fromZh: string,
): Member {
  return [side, sector, expertise, { en: nameEn, zh: nameZh }, { en: fromEn, zh: fromZh }]
}

/** One chair per side wherever there is a discussion; presenters and discussants where the subject is technical. */
function staff(item: Item, people: readonly Person[]): Item {
  if (item.objective.en.length === 0) return item
  const [usChair, usScience, usIndustry, , cnChair, cnScience, cnIndustry] = people.map((person) => person.id)
  const roles: Role[] = [
    { person: usChair!, role: 'chair' },
    { person: cnChair!, role: 'chair' },
  ]
  if (['benchmarks', 'testing-protocols', 'incident-reporting', 'bias', 'deepfakes'].includes(item.topic)) {
    roles.push(
      { person: usScience!, role: 'presenter' },
      { person: cnScience!, role: 'presenter' },
      { person: usIndustry!, role: 'discussant' },
      { person: cnIndustry!, role: 'discussant' },
    )
  }
  return { ...item, roles }
}
