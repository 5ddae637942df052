import type ICAL from 'ical.js'
import type { Bilingual, Language } from '../domain/agenda.ts'
import { fields } from '../domain/fields.ts'
import { bilingual, blank, isBlank } from './script.ts'
import { settingsOf } from './setting.ts'

/** The prefix of the extra properties in Parley's own calendars; no other calendars have them. */
export const own = 'x-parley-'

export function line(value: unknown): string {
  return typeof value === 'string' || typeof value === 'object'
    ? String(value ?? '')
        .replace(/\s+/g, ' ')
        .trim()
    : ''
}

export function lineOf(component: ICAL.Component, name: string): string {
  return line(component.getFirstPropertyValue(name))
}

export function textOf(component: ICAL.Component, name: string): string {
  return String(component.getFirstPropertyValue(name) ?? '')
}

/** Looks up our own property for a field; null when it is missing. */
export function ownIn(event: ICAL.Component): (field: string) => string | null {
  return (field) => {
    const name = own + field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    return event.hasProperty(name) ? textOf(event, name) : null
  }
}

export function parameter(property: ICAL.Property, name: string): string {
  const value: unknown = property.getParameter(name)
  return (Array.isArray(value) ? String(value[0]) : typeof value === 'string' ? value : '').toLowerCase()
}

export function personIn(property: ICAL.Property) {
  return settingsOf(fields.person, (field) => parameter(property, `x-${field}`))
}

/** Properties with the same content in both languages, and the first of them. */
export interface Group {
  readonly words: Bilingual
  readonly first: ICAL.Property
}

export function withProperty(group: Group | undefined, property: ICAL.Property): Group {
  const language: Language = parameter(property, 'language').startsWith('zh') ? 'zh' : 'en'
  const words = { ...(group?.words ?? blank), [language]: line(property.getFirstValue()) }
  return { words, first: group?.first ?? property }
}

/** Groups properties by the value of a parameter. */
export function grouped(event: ICAL.Component, name: string, by: string): Map<string, Group> {
  const found = new Map<string, Group>()
  for (const property of event.getAllProperties(own + name)) {
    const key = parameter(property, by)
    found.set(key, withProperty(found.get(key), property))
  }
  return found
}

/** Our own property of that name in both languages; without one, the standard text. */
export function pairIn(event: ICAL.Component, name: string, words: string, alone: Language | null): Bilingual {
  const all = event.getAllProperties(own + name)
  const pair = all.reduce((group: Group | undefined, one) => withProperty(group, one), undefined)?.words ?? blank
  return isBlank(pair) ? bilingual(words, alone) : pair
}
