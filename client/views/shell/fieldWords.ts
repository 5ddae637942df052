import { cityOf } from '../../../shared/domain/city.ts'
import type { Value } from '../../../shared/domain/compare.ts'
import { itemFlags } from '../../../shared/domain/fields.ts'
import { dateWords, lengthWords } from '../../i18n/format.ts'
import { useLateWords } from '../versions/late.ts'
import { useLanguage, useWords } from './shell.ts'
import '../item/words.ts'

/** Fields that already have a name elsewhere in the interface. */
const texts = ['objective', 'questions', 'output'] as const

/** The name of a field of the agenda, and a value of it, in words. */
export function useFieldWords(): { name(field: string): string; value(field: string, value: Value): string } {
  const t = useLateWords()
  const words = useWords()
  const language = useLanguage()
  return {
    name(field) {
      const text = texts.find((one) => one === field)
      const flag = itemFlags.find((one) => one === field)
      if (flag) return words(`item.flags.${flag}.name`)
      // A comparison gives field names as strings; that each has words is checked where the words are defined.
      return text ? words(`text.${text}`) : t(`compare.field.${field.replace('zones.', '')}` as 'compare.field.title')
    },
    value(field, value) {
      if (value === null || value === '') return t('compare.none')
      if (typeof value === 'boolean') return t(value ? 'compare.yes' : 'compare.no')
      const text = String(value)
      switch (field) {
        case 'minutes':
          return lengthWords(Number(value), language)
        case 'date':
          return dateWords(text, language, true)
        case 'kind':
        case 'topic':
        case 'interpretation':
        case 'sector':
        case 'expertise':
        case 'track':
        case 'rule':
          return words(`${field}.${text}` as 'kind.session')
        case 'side':
        case 'proposedBy':
          return words(`side.${text}Long` as 'side.usLong')
        case 'zones.venue':
        case 'zones.us':
        case 'zones.cn':
          return cityOf(text, language)
        case 'status':
          return t(`compare.standing.${text}` as 'compare.standing.joint')
        default:
          return text
      }
    },
  }
}
