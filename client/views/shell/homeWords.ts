import { homeEn, homeZh } from '../../i18n/home.ts'
import { addWords } from '../../i18n/i18n.ts'

// Every view that uses these words imports this, so it runs before any of them renders.
addWords('words', { en: homeEn, zh: homeZh })
