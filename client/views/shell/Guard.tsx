import { Component, type ErrorInfo, type ReactElement, type ReactNode } from 'react'
import controls from '../../styles/controls.module.css'
import styles from './Guard.module.css'
import { useWords } from './shell.ts'

interface GuardProps {
  children: ReactNode
  /** The whole page, or a part of it while the rest keeps working. */
  extent: 'page' | 'part'
  /** A new value means new content: what failed before may work now. */
  about?: string
}

type GuardState = { readonly failure: Error | null; readonly about: string | undefined }

/** Catches a bug, says what is safe, and lets the person continue. React has error boundaries only as classes. */
export class Guard extends Component<GuardProps, GuardState> {
  override state: GuardState = { failure: null, about: this.props.about }

  static getDerivedStateFromError(failure: Error): Partial<GuardState> {
    return { failure }
  }

  static getDerivedStateFromProps(props: GuardProps, state: GuardState): GuardState | null {
    return props.about === state.about ? null : { failure: null, about: props.about }
  }

  override componentDidCatch(failure: Error, info: ErrorInfo): void {
    console.error(failure, info.componentStack)
  }

  override render(): ReactNode {
    const { failure } = this.state
    if (!failure) return this.props.children
    return <Failure extent={this.props.extent} failure={failure} again={() => this.setState({ failure: null })} />
  }
}

function Failure({
  extent,
  failure,
  again,
}: {
  extent: 'page' | 'part'
  failure: Error
  again: () => void
}): ReactElement {
  const t = useWords()
  const chunk = /dynamically imported module|module script/i.test(failure.message)
  return (
    <div role="alert" className={extent === 'page' ? styles.page : styles.part}>
      {extent === 'page' && <h1>{t('failure.title')}</h1>}
      <p>{chunk ? t('failure.chunk') : extent === 'page' ? t('failure.text') : t('failure.part')}</p>
      <div className={controls.row}>
        {extent === 'part' && !chunk && (
          <button type="button" className={controls.button} onClick={again}>
            {t('failure.again')}
          </button>
        )}
        <button type="button" className={controls.button} onClick={() => window.location.reload()}>
          {t('failure.reload')}
        </button>
      </div>
      <details>
        <summary>{t('failure.detail')}</summary>
        <code lang="en">{failure.message}</code>
      </details>
    </div>
  )
}
