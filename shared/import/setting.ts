import { isZone } from '../domain/clock.ts'
import { type Field, isSetting, type Registers, type Table, type Values } from '../domain/fields.ts'

/** The registers of an entry for which `textOf` gives a valid value, spelled as in the table; others are absent. */
export function settingsOf<T extends Table>(
  table: T,
  textOf: (field: string) => string | null,
): Partial<Values<Registers<T>>> {
  const found = Object.entries(table).flatMap(([name, field]): [string, unknown][] => {
    const text = isSetting(field) ? textOf(name) : null
    const value = text === null ? null : settingOf(field, text)
    return value === null ? [] : [[name, value]]
  })
  return Object.fromEntries(found) as Partial<Values<Registers<T>>>
}

/** Null for a value that the field cannot hold. */
function settingOf(field: Field, text: string): string | number | boolean | null {
  switch (field.is) {
    case 'choice':
      return field.of.find((one) => one === text) ?? null
    case 'flag':
      return true
    case 'number': {
      const value = Number(text)
      return Number.isInteger(value) && value >= field.least && value <= field.most ? value : null
    }
    case 'zone':
      return isZone(text) ? text : null
    // Words have two languages, and a time depends on its day or its neighbours, so neither is a single setting.
    case 'words':
    case 'word':
    case 'line':
    case 'prose':
    case 'link':
    case 'date':
    case 'time':
    case 'optional-time':
    case 'group':
    case 'list':
      return null
  }
}
