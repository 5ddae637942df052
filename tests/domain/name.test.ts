import { expect, test } from 'vitest'
import { looksOf, refuseLook } from '../../server/access/look.ts'
import { refuseName, tidyName, withAffiliation } from '../../shared/domain/name.ts'

const refusalOf = (typed: string) => refuseName(tidyName(typed))

test('names of people pass, in one script or in Latin with Chinese, Japanese or Korean', () => {
  const names = [
    'Dana Smith',
    'Amy陈',
    '欧阳·娜',
    "Jean-Luc O'Neill",
    'José Núñez',
    'Nguyễn Thị Ánh',
    'Иван Петров',
    'สมชาย',
  ]
  const more = [
    '김철수',
    '山田カナエ',
    'محمد',
    'राम',
    'Dr. Ann Lee, RAND',
    '陈伟 (清华大学)',
    'Li Na (Systems Institute)',
    'A',
  ]
  for (const name of [...names, ...more, 'n'.repeat(80)]) expect([name, refusalOf(name)]).toEqual([name, null])
  expect(tidyName('  Ｄａｎａ　 Smith ')).toBe('Dana Smith')
  expect(withAffiliation('Dana', 'RAND')).toBe('Dana (RAND)')
})

test('what shows nothing, turns text around or piles up on letters is in no name', () => {
  const hidden = [
    '\u200b',
    '\u00ad',
    '\u2060',
    '\u3164',
    '\u115f',
    '\u2800',
    '\u{e0041}',
    '\u202e',
    '\u2066',
    '\u061c',
    '\0',
    '\ud800',
  ]
  for (const one of hidden) expect([one, refusalOf(`Da${one}na`)]).toEqual([one, 'name-characters'])
  for (const one of ['<b>', 'a@b', 'a_b', '☺', 'a\u0301\u0302\u0303\u0304', '\u0301a', 'a\u0336b', 'a\u20dd']) {
    expect([one, refusalOf(one)]).toEqual([one, 'name-characters'])
  }
  for (const one of ['', ' ', '...', 'n'.repeat(81)]) expect([one, refusalOf(one)]).toEqual([one, 'no-name'])
})

test('alphabets are not mixed', () => {
  for (const one of ['D\u0430na', 'Αnna', 'Лі 陈', 'Ann राम', '김山田カ'])
    expect([one, refusalOf(one)]).toEqual([one, 'name-scripts'])
})

test('roles and sides are no names, however spelt, and institutes that have such words are', () => {
  const roles = [
    'Organizer',
    'Ann (observer)',
    '组织者',
    '组 织 者',
    '中方',
    '美方代表',
    'Parley · System',
    'Delegate A',
    '0rganizer',
    'Organ izer',
    'O-r-g-a-n-i-z-e-r',
    'Organizing Committee',
    '组委会',
    'US side',
    'U.S. Government',
    'China',
    '中国',
    '您',
    'You',
    'Host',
    'Chairman',
  ]
  for (const one of [...roles, 'Li (代表)', 'Ann (U.S. delegate)', 'Chen (cn, organizer)']) {
    expect([one, refusalOf(one)]).toEqual([one, 'name-role'])
  }
  // A letter that only a table of look-alikes knows.
  expect([refuseName('Ꮯhair'), refuseLook('Ob\u0455erver'), refuseLook('組织者')].map(Boolean)).toEqual([
    ...[true, true, true],
  ])
  for (const one of [
    'Li (北京代表处)',
    'Ann Chairs',
    'Systema Lee',
    'Ann (Moderation Lab)',
    'Anna Host-Weber',
    '中国华',
    'Youna Lee',
    'China Miller',
  ]) {
    expect([one, refusalOf(one)]).toEqual([one, null])
  }
})

test('names look alike in whatever letters, case, spaces and accents, and others do not', () => {
  const alike = (a: string, b: string) => looksOf(a).some((look) => looksOf(b).includes(look))
  const same = [
    ['Dana Smith', 'DANA-SMITH'],
    ['Dana Smith', 'Dana Srnith'],
    ['Ian', 'lan'],
    ['IAN', 'ian'],
    ['José', 'Jose'],
    ['Ольга', 'Олъга'.replace('ъ', 'ь')],
    ['Сосо', 'Coco'],
    ['欧阳 娜', '欧阳·娜'],
  ] as const
  for (const [a, b] of same) expect([a, b, alike(a, b)]).toEqual([a, b, true])
  for (const [a, b] of [
    ['Dana', 'Diana'],
    ['陈伟', '陈炜'],
    ['Lia', 'Ila'],
    ['Dana', 'Dana (RAND)'],
  ] as const) {
    expect([a, b, alike(a, b)]).toEqual([a, b, false])
  }
})
