import type { ReactElement } from 'react'
import { type Agenda, rules, tracks } from '../../../shared/domain/agenda.ts'
import { namesOfZone } from '../../../shared/domain/city.ts'
import type { MeetingSettings } from '../../../shared/domain/command.ts'
import { tag } from '../../i18n/i18n.ts'
import { mayEdit } from '../../store/meeting.ts'
import controls from '../../styles/controls.module.css'
import { EndingSettings } from '../ending/EndingSettings.tsx'
import { Choice } from '../shell/Choice.tsx'
import sheet from '../shell/Sheet.module.css'
import { Sheet } from '../shell/Sheet.tsx'
import { useLead, useMeeting, useWords, useWorkspace } from '../shell/shell.ts'
import { cityZones, zoneEntered } from '../shell/zones.ts'
import { useDialogWords } from './dialogs.ts'
import { Entry } from './Entry.tsx'
import styles from './SettingsDialog.module.css'
import '../people/words.ts'

/** The settings of the whole meeting: title, place, hosts, zones, kind of dialogue. */
export function SettingsDialog({ close }: { close: () => void }): ReactElement | null {
  const t = useWords()
  const words = useDialogWords()
  const workspace = useWorkspace()
  const lead = useLead()
  const edits = useMeeting(mayEdit)
  const agenda = useMeeting((state) => state.snapshot?.agenda)
  if (!agenda) return null
  const { title, place, hosts, zones, track, rule } = agenda
  const set = (settings: Partial<MeetingSettings>) => workspace.attempt({ type: 'set-meeting', settings })
  const setHost = (index: number, host: Agenda['hosts'][number]) =>
    set({ hosts: hosts.map((one, at) => (at === index ? host : one)) })
  const zone = (which: keyof Agenda['zones'], label: string) => (
    <Entry
      label={label}
      value={zones[which]}
      list="zones"
      disabled={!edits}
      keep={(text) => {
        const found = zoneEntered(text)
        return found ? set({ zones: { ...zones, [which]: found } }) : { code: 'not-a-zone', field: `zones.${which}` }
      }}
    />
  )
  return (
    <Sheet title={words('settings.title')} close={close} wide>
      <div className={sheet.pair}>
        <Entry
          label={words('settings.titleEn')}
          lang={tag.en}
          value={title.en}
          disabled={!edits}
          keep={(en) => set({ title: { ...title, en } })}
        />
        <Entry
          label={words('settings.titleZh')}
          lang={tag.zh}
          value={title.zh}
          disabled={!edits}
          keep={(zh) => set({ title: { ...title, zh } })}
        />
        <Entry
          label={words('settings.placeEn')}
          lang={tag.en}
          value={place.en}
          disabled={!edits}
          keep={(en) => set({ place: { ...place, en } })}
        />
        <Entry
          label={words('settings.placeZh')}
          lang={tag.zh}
          value={place.zh}
          disabled={!edits}
          keep={(zh) => set({ place: { ...place, zh } })}
        />
        <Choice
          look="boxed"
          label={words('settings.track')}
          value={track}
          options={tracks}
          name={(one) => t(`track.${one}`)}
          choose={(next) => set({ track: next })}
          disabled={!edits}
        />
        <Choice
          look="boxed"
          label={words('settings.rule')}
          value={rule}
          options={rules}
          name={(one) => t(`rule.${one}`)}
          choose={(next) => set({ rule: next })}
          disabled={!edits}
        />
      </div>
      <section className={sheet.part}>
        <h3>{words('settings.hosts')}</h3>
        {hosts.map((host, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: hosts have no identity but their position in the list
          <div key={index} className={styles.host}>
            <Choice
              look="boxed"
              label={t('people.side')}
              value={host.side}
              options={lead === 'us' ? (['us', 'cn'] as const) : (['cn', 'us'] as const)}
              name={(one) => t(`side.${one}Long`)}
              choose={(side) => setHost(index, { ...host, side })}
              disabled={!edits}
            />
            <Entry
              label={words('settings.hostEn')}
              lang={tag.en}
              value={host.name.en}
              disabled={!edits}
              keep={(en) => setHost(index, { ...host, name: { ...host.name, en } })}
            />
            <Entry
              label={words('settings.hostZh')}
              lang={tag.zh}
              value={host.name.zh}
              disabled={!edits}
              keep={(zh) => setHost(index, { ...host, name: { ...host.name, zh } })}
            />
            {edits && (
              <button
                type="button"
                className={controls.button}
                aria-label={words('settings.removeHost')}
                onClick={() => set({ hosts: hosts.filter((_, at) => at !== index) })}
              >
                ×
              </button>
            )}
          </div>
        ))}
        {edits && (
          <p>
            <button
              type="button"
              className={controls.quiet}
              onClick={() => set({ hosts: [...hosts, { side: nextSide(hosts, lead), name: { en: '', zh: '' } }] })}
            >
              <span aria-hidden="true">+</span> {words('settings.addHost')}
            </button>
          </p>
        )}
      </section>
      <section className={sheet.part}>
        <h3>{words('settings.zones')}</h3>
        <div className={styles.zones}>
          {zone('venue', words('settings.zoneVenue'))}
          {lead === 'us' ? zone('us', words('settings.zoneUs')) : zone('cn', words('settings.zoneCn'))}
          {lead === 'us' ? zone('cn', words('settings.zoneCn')) : zone('us', words('settings.zoneUs'))}
        </div>
        <p className={controls.hint}>{words('settings.zoneHint')}</p>
        <datalist id="zones">
          {cityZones().map((one) => (
            <option key={one} value={one}>
              {namesOfZone(one)}
            </option>
          ))}
        </datalist>
      </section>
      {edits && <p className={controls.hint}>{words('settings.kept')}</p>}
      <EndingSettings />
    </Sheet>
  )
}

/** A second host is usually of the other side. */
function nextSide(hosts: Agenda['hosts'], lead: 'us' | 'cn'): 'us' | 'cn' {
  const other = lead === 'us' ? 'cn' : 'us'
  return hosts.some((one) => one.side === lead) ? other : lead
}
