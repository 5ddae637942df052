import { addWords } from '../../i18n/i18n.ts'
import { peopleEn, peopleZh } from '../../i18n/people.ts'

// Every view that uses these words imports this, so it runs before any of them renders.
addWords('words', { en: peopleEn, zh: peopleZh })
