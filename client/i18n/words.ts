import type { en } from './en.ts'

/**
 * The shape that each language fills: the keys of English, any wording. Chinese has one plural form (`other`), so the
 * `_one` keys may be absent.
 */
export type Words = Filled<typeof en>

/** The sentences of a second language, with the keys of the first. */
export type Filled<T> = T extends string
  ? string
  : { readonly [Key in keyof T as Key extends `${string}_one` ? never : Key]: Filled<T[Key]> } & {
      readonly [Key in keyof T as Key extends `${string}_one` ? Key : never]?: string
    }
