import { Document, Packer } from 'docx'
import type { Agenda } from '../domain/agenda.ts'
import { type Copy, type CopyOptions, copyOf } from './copy.ts'
import { openBody } from './word/body.ts'
import { openMargin } from './word/margin.ts'
import { properties } from './word/properties.ts'
import { stampZip } from './word/stamp.ts'
import { numbering, page, stylesheet } from './word/style.ts'

/** `at`: the creation time in the file, in milliseconds since 1970. */
export type DocxOptions = CopyOptions & { readonly at: number }

/**
 * The agenda as a Word file; runs in the browser and in Node. Every day is a heading, a timetable and then its items.
 * In a bilingual copy the languages are equal columns, the lead's first.
 */
export async function toDocx(agenda: Agenda, options: DocxOptions): Promise<Uint8Array> {
  const copy = copyOf(agenda, options)
  const document = new Document({
    numbering,
    compatibility: { version: 15 },
    sections: [section(copy)],
  })
  const parts = [
    { path: 'word/styles.xml', data: stylesheet },
    { path: 'docProps/core.xml', data: properties(agenda, copy, options.at) },
  ]
  return stampZip(new Uint8Array(await Packer.toArrayBuffer(document, false, parts)), options.at)
}

function section(copy: Copy) {
  const body = openBody(copy)
  const { header, footer } = openMargin(copy)
  return {
    properties: {
      titlePage: true,
      page: {
        size: { width: page.width, height: page.height },
        margin: {
          top: page.top,
          bottom: page.bottom,
          left: page.side,
          right: page.side,
          header: page.header,
          footer: page.footer,
        },
      },
    },
    headers: { default: header(true), first: header(false) },
    footers: { default: footer(), first: footer() },
    children: [
      ...body.head(),
      ...copy.days.flatMap(body.day),
      ...body.proposals(),
      ...body.people(),
      ...body.glossary(),
    ],
  }
}
