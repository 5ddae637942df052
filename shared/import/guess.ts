import type { Bilingual, Kind, Sector, Topic } from '../domain/agenda.ts'

const kindsByWord: readonly [Kind, RegExp][] = [
  [
    'meal',
    /\b(?:lunch|luncheon|dinner|breakfast|banquet|reception)\b|午餐|晚餐|早餐|晚宴|午宴|宴会|招待会|用餐|工作餐/i,
  ],
  ['break', /\b(?:coffee|tea|break|refreshments)\b|茶歇|休息|会间休/i],
  ['breakout', /\b(?:break-?out|working groups?|parallel session)\b|分组|平行论坛|小组讨论/i],
  ['drafting', /\b(?:drafting|clearing of brackets)\b|案文磋商|案文起草|起草/i],
  ['closing', /\b(?:closing|concluding remarks|wrap-?up)\b|闭幕|总结致辞/i],
  ['opening', /\b(?:opening|welcome|registration)\b|开幕|欢迎|签到|注册|报到/i],
]

/** The kind of item that a title suggests. */
export function kindOfTitle(title: Bilingual): Kind {
  return guessed(kindsByWord, title, 300) ?? 'session'
}

const topicsByWord: readonly [Topic, RegExp][] = [
  ['deepfakes', /deep-?fake|深度伪造/i],
  ['bias', /\bbias\b|偏见|歧视/i],
  ['incident-reporting', /\bincident|事件(?:的?跨境)?(?:通报|报告)/i],
  ['testing-protocols', /testing protocol|red[- ]team|测试规程|红队/i],
  ['benchmarks', /\bbenchmark|\bevaluations?\b|基准|评测/i],
  ['governance', /\bgovernance\b|\bregulat|治理|监管/i],
  ['geopolitics', /geopoliti|地缘/i],
]

export function topicOfTitle(title: Bilingual, kind: Kind): Topic {
  if (kind === 'meal' || kind === 'break' || kind === 'opening' || kind === 'closing') return 'logistics'
  return guessed(topicsByWord, title, 300) ?? 'other'
}

/** The first entry whose words are in `pair`. Only `most` characters of each language are searched. */
function guessed<Name>(words: readonly (readonly [Name, RegExp])[], { en, zh }: Bilingual, most: number): Name | null {
  const text = `${en.slice(0, most)} ${zh.slice(0, most)}`
  return words.find(([, pattern]) => pattern.test(text))?.[0] ?? null
}

const sectorsByWord: readonly [Sector, RegExp][] = [
  ['think-tank', /think tank|institute (?:for|of) (?:international|strategic|global)|智库|研究院所/i],
  ['academia', /universit|college|academy|laborator|school|大学|学院|研究院|实验室|科学院/i],
  ['industry', /\b(?:inc|corp|ltd|llc|company|technologies)\b|公司|企业|集团|科技/i],
  ['official', /ministry|department of|embassy|government|部$|外交部|委员会|大使馆/i],
  ['civil-society', /foundation|non-?profit|ngo|association|基金会|协会|学会/i],
]

/** Guesses a sector from an affiliation; a person will check it. */
export function sectorOfAffiliation(affiliation: Bilingual): Sector {
  return guessed(sectorsByWord, affiliation, 200) ?? 'think-tank'
}
