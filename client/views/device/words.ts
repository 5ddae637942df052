import { useTranslation } from 'react-i18next'
import { deviceEn, deviceZh } from '../../i18n/device.ts'
import { addWords } from '../../i18n/i18n.ts'

// Every view that uses these words imports this, so it runs before any of them renders.
addWords('device', { en: deviceEn, zh: deviceZh })

export function useDeviceWords() {
  return useTranslation('device').t
}
