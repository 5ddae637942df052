/**
 * Names of people. The page checks them while somebody types, the server decides. Whether two names look alike is the
 * server's to say: it knows who is in the meeting.
 */

/** Why a name is refused. `name-characters` includes too many accents on one letter. */
export const nameRefusals = ['no-name', 'name-characters', 'name-scripts', 'name-role'] as const
export type NameRefusal = (typeof nameRefusals)[number]

export const longestName = 80

/** The form that is stored and shown: one way of writing each character, and single spaces. */
export function tidyName(typed: string): string {
  return typed.normalize('NFKC').trim().replace(/\s+/gu, ' ')
}

/** The name of somebody who shares theirs with another. */
export function withAffiliation(name: string, affiliation: string): string {
  return affiliation === '' ? name : `${name} (${affiliation})`
}

/** Why nobody may be called `name`, which is tidy, or null. `fold` makes the same of letters that look the same. */
export function refuseName(name: string, fold: (text: string) => string = lower): NameRefusal | null {
  if (name.length > longestName || /^[\s\p{P}]*$/u.test(name)) return 'no-name'
  if (!allowed.test(name) || !/[\p{L}\p{N}]/u.test(name) || unseen.test(name) || stacked.test(name))
    return 'name-characters'
  if (!scripts.some((one) => one.test(name))) return 'name-scripts'
  return carriesRole(name, fold) ? 'name-role' : null
}

/** Letters, marks on them, digits, and what stands in names and in the names of institutes. */
const allowed = /^[\p{L}\p{M}\p{Nd} .,'’‘ʼ·・‧•‐‑–()&/-]+$/u
/** What shows nothing, encloses or strikes out letters, and marks that stand on no letter. */
const unseen = /\p{Default_Ignorable_Code_Point}|\p{Me}|[\u0334-\u0338\u20d0-\u20ff]|(?:^|[^\p{L}\p{M}\p{N}])\p{M}/u
/** More marks on one letter than any language has: Latin letters are composed by now, Tibetan and Hebrew have three. */
const stacked = /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff]{3}|\p{Mn}{4}/u

/**
 * Highly restrictive by UTS 39: Latin with the scripts of Chinese, Japanese or Korean, or one script of those in wide
 * modern use.
 */
const scripts = [
  ...['Latin|Han|Hiragana|Katakana', 'Latin|Han|Bopomofo', 'Latin|Han|Hangul'],
  ...[
    'Arabic',
    'Armenian',
    'Bengali',
    'Cyrillic',
    'Devanagari',
    'Ethiopic',
    'Georgian',
    'Greek',
    'Gujarati',
    'Gurmukhi',
  ],
  ...['Hebrew', 'Kannada', 'Khmer', 'Lao', 'Malayalam', 'Myanmar', 'Oriya', 'Sinhala', 'Tamil', 'Telugu', 'Thaana'],
  ...['Thai', 'Tibetan'],
].map((set) => {
  const named = set.split('|').map((one) => `\\p{Script_Extensions=${one}}`)
  return new RegExp(`^[${named.join('')}\\p{Script=Common}\\p{Script=Inherited}]+$`, 'u')
})

/** What only the server says of somebody; refused wherever it stands. */
const roles = ['organizers?', 'organisers?', 'observers?', 'secretariat', 'administrators?', 'admin', 'parley']
const chineseRoles = [
  '组织者',
  '组织方',
  '組織者',
  '組織方',
  '观察员',
  '觀察員',
  '秘书处',
  '秘書處',
  '管理员',
  '管理員',
  '中方',
  '美方',
]
/** What institutes may have in their names, but nobody is called. */
const titles = [
  ...['delegates?', 'delegation', 'system', 'moderators?', 'chair', 'cochair', 'chairman', 'chairwoman', 'chairperson'],
]
const chineseTitles = [
  ...['代表', '主席', '主持人', '系统', '系統', '主办方', '主辦方', '承办方', '承辦方'],
  ...['组委会', '組委會', '会务组', '會務組', '工作人员', '工作人員'],
]
/** Nobody is called by these alone. */
const chineseSides = ['中国', '中國', '美国', '美國', '您', '我方', '对方', '對方', '本方']
/** What stands beside a role or a side, and is nobody's name by itself. */
const sides = [
  ...['hosts?', 'you', 'staff', 'support', 'government', 'organizing', 'organising', 'committee'],
  ...['us', 'u s', 'cn', 'china', 'side', 'american', 'chinese', 'the', 'of', 'co', 'and'],
]

/** "Chen (cn, organizer)", "Parley · System", "中方代表"; but not "Li Na (Systems Institute)". */
function carriesRole(name: string, fold: (text: string) => string): boolean {
  const has = (words: readonly string[], chinese: readonly string[], text: string) =>
    new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.map(foldedPattern).join('|')})(?![\\p{L}\\p{N}])`, 'u').test(text) ||
    chinese.some((word) => text.replace(/[\s\p{P}]/gu, '').includes(fold(word)))
  const foldedPattern = (word: string) => (word.endsWith('s?') ? `${fold(word.slice(0, -2))}${fold('s')}?` : fold(word))
  /** Titles and sides. */
  const words = [...titles, ...sides].map(foldedPattern).join('|')
  const rest = new RegExp(`\\b(?:${words})\\b|${[...chineseTitles, ...chineseSides].map(fold).join('|')}`, 'gu')
  const isNothingBut = (text: string) => !/[\p{L}\p{N}]/u.test(text.replace(rest, ''))
  const folded = fold(name)
  if (has(roles, chineseRoles, folded)) return true
  // However its letters are set apart.
  const squeezed = folded.replace(/[\s\p{P}]/gu, '')
  if ([...roles, ...titles].some((word) => word.length >= 8 && squeezed.includes(fold(word.replace('s?', '')))))
    return true
  const [own = '', ...affiliations] = folded.split('(')
  if (has(titles, chineseTitles, own) || isNothingBut(own.replace(/\./gu, ' '))) return true
  return affiliations.some((one) => isNothingBut(one.replace(/\./gu, ' ')))
}

function lower(text: string): string {
  return text.toLowerCase().replace(/0/gu, 'o').replace(/1/gu, 'l')
}
