import type { ReactElement } from 'react'
import { languages } from '../../../shared/domain/agenda.ts'
import { tag } from '../../i18n/i18n.ts'
import controls from '../../styles/controls.module.css'
import styles from './Choosers.module.css'
import { useLanguage, usePreferences, useShell, useWords } from './shell.ts'

export const themes = ['auto', 'light', 'dark'] as const

/** Language and appearance, at the top of every page. */
export function Choosers(): ReactElement {
  return (
    <div className={styles.choosers}>
      <ThemeChooser />
      <LanguageChooser />
    </div>
  )
}

export function LanguageChooser(): ReactElement {
  const t = useWords()
  const { preferences } = useShell()
  const language = useLanguage()
  return (
    <fieldset aria-label={t('language.label')} className={styles.languages}>
      {languages.map((one) => (
        <button
          key={one}
          type="button"
          lang={tag[one]}
          aria-pressed={one === language}
          className={styles.language}
          onClick={() => preferences.setState({ language: one })}
        >
          {t(`language.${one}`)}
        </button>
      ))}
    </fieldset>
  )
}

function ThemeChooser(): ReactElement {
  const t = useWords()
  const { preferences } = useShell()
  const theme = usePreferences((one) => one.theme)
  return (
    <select
      aria-label={t('theme.label')}
      className={controls.choice}
      value={theme}
      onChange={(event) => {
        const next = themes.find((one) => one === event.target.value)
        if (next) preferences.setState({ theme: next })
      }}
    >
      {themes.map((one) => (
        <option key={one} value={one}>
          {t(`theme.${one}`)}
        </option>
      ))}
    </select>
  )
}
