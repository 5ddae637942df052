import { addWords } from '../../i18n/i18n.ts'
import { itemEn, itemZh } from '../../i18n/item.ts'

// Every view that uses these words imports this, so it runs before any of them renders.
addWords('words', { en: itemEn, zh: itemZh })
