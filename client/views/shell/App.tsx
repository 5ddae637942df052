import { type ReactElement, Suspense, useEffect } from 'react'
import { I18nProvider } from 'react-aria-components/I18nProvider'
import { tag } from '../../i18n/i18n.ts'
import controls from '../../styles/controls.module.css'
import { Guard } from './Guard.tsx'
import { Link } from './Link.tsx'
import { Home, Join, NewMeeting } from './lazy.ts'
import { Meeting } from './Meeting.tsx'
import { Page } from './Page.tsx'
import { type Shell, ShellContext, useLanguage, usePreferences, useRoute, useWords } from './shell.ts'

export function App({ shell }: { shell: Shell }): ReactElement {
  return (
    <ShellContext value={shell}>
      <Guard extent="page">
        <Root />
      </Guard>
    </ShellContext>
  )
}

/** The component library's built-in texts, in the same two languages. */
const componentLocale = { en: 'en-US', zh: 'zh-CN' } as const

function Root() {
  const language = useLanguage()
  const theme = usePreferences((preferences) => preferences.theme)
  useEffect(() => {
    document.documentElement.lang = tag[language]
  }, [language])
  useEffect(() => {
    if (theme === 'auto') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
  }, [theme])
  return (
    <I18nProvider locale={componentLocale[language]}>
      <Place />
    </I18nProvider>
  )
}

function Place(): ReactElement {
  const t = useWords()
  const route = useRoute()
  switch (route.type) {
    case 'home':
      return (
        <Suspense>
          <Home />
        </Suspense>
      )
    case 'new':
      return (
        <Suspense fallback={<Page title={t('common.loading')}>{null}</Page>}>
          <NewMeeting />
        </Suspense>
      )
    case 'join':
      return (
        <Suspense fallback={<Page title={t('join.title')}>{null}</Page>}>
          <Join key={route.token} token={route.token} />
        </Suspense>
      )
    case 'outline':
    case 'item':
    case 'people':
    case 'changes':
    case 'versions':
    case 'comparison':
      return <Meeting key={route.meeting} id={route.meeting} />
    case 'nowhere':
      return <Nowhere />
  }
}

function Nowhere() {
  const t = useWords()
  return (
    <Page title={t('meeting.notFoundTitle')}>
      <p>{t('meeting.notFoundText')}</p>
      <p>
        <Link to={{ type: 'home' }} className={controls.link}>
          {t('meeting.toStart')}
        </Link>
      </p>
    </Page>
  )
}
