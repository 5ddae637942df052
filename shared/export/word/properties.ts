import type { Agenda, Bilingual } from '../../domain/agenda.ts'
import { type Copy, titleIn } from '../copy.ts'
import { sidesFrom } from '../words.ts'
import { tags } from './style.ts'
import { legal, oneLine } from './text.ts'

/**
 * The properties of the file. The author is the hosts, in the order of the copy, never the person who asked for the
 * file. By itself, docx would write its own name and the time of the system clock.
 */
export function properties(agenda: Agenda, copy: Copy, at: number): string {
  const hosts = sidesFrom(copy.lead).flatMap((side) => agenda.hosts.filter((host) => host.side === side))
  const shown = (pair: Bilingual) =>
    titleIn(copy, pair)
      .map(({ text }) => oneLine(text))
      .join(' / ')
  const by = escaped(hosts.map(({ name }) => shown(name)).join('; '))
  const time = new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:dcmitype="http://purl.org/dc/dcmitype/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>${escaped(shown(copy.title))}</dc:title><dc:creator>${by}</dc:creator><cp:lastModifiedBy>${by}</cp:lastModifiedBy><dcterms:created xsi:type="dcterms:W3CDTF">${time}</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">${time}</dcterms:modified><dc:language>${copy.languages.map((language) => tags[language].value).join(', ')}</dc:language></cp:coreProperties>`
}

function escaped(text: string): string {
  return legal(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}
