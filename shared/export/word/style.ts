import { AlignmentType, type INumberingOptions, LevelFormat } from 'docx'
import type { Language } from '../../domain/agenda.ts'

/**
 * The look of a Word copy. Everything is a style, so that an institute can change it in one place.
 *
 * Arial is on every Windows, macOS and iOS and in WPS; elsewhere Liberation Sans has the same widths, so lines break
 * the same everywhere. Microsoft YaHei is on every Windows and in Office for Mac and has its own bold; programs without
 * it substitute another sans-serif. Line heights are minimums in points: the heights that Chinese fonts request differ
 * widely, and lines of the two languages must align.
 */
const fonts = '<w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:eastAsia="Microsoft YaHei" w:cs="Arial"/>'
const quiet = '595959'
const accent = '1F3A5F'
const rule = 'BFBFBF'

/** In twentieths of a point, as everywhere in Word: A4 with margins of 20 mm. */
export const page = { width: 11906, height: 16838, side: 1134, top: 1361, bottom: 1247, header: 624, footer: 567 }
/** The width between the margins. */
export const measure: number = page.width - 2 * page.side

export const tags: Record<Language, { readonly value: string; readonly eastAsia: string }> = {
  en: { value: 'en-US', eastAsia: 'zh-CN' },
  zh: { value: 'zh-CN', eastAsia: 'zh-CN' },
}

/** The indent of a nested list from its parent. */
const step = 320

/** The deepest list level that Word has, from 0. */
export const deepestLevel = 8

/** Lists with hanging markers. Numbering restarts with every list. */
export const numbering: INumberingOptions = {
  config: [
    { reference: 'bullet', levels: levels(LevelFormat.BULLET, (level) => ['•', '–', '·'][level % 3]!) },
    { reference: 'number', levels: levels(LevelFormat.DECIMAL, (level) => `%${level + 1}.`) },
  ],
}

function levels(format: (typeof LevelFormat)[keyof typeof LevelFormat], text: (level: number) => string) {
  return Array.from({ length: deepestLevel + 1 }, (_, level) => ({
    level,
    format,
    text: text(level),
    alignment: AlignmentType.LEFT,
    style: { paragraph: { indent: { left: indent(level), hanging: step } } },
  }))
}

export function indent(level: number): number {
  return step * (level + 1)
}

/** `styles.xml`. Written by hand because docx does not support table styles. */
export const stylesheet: string = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">${[
  `<w:docDefaults><w:rPrDefault><w:rPr>${fonts}${size(20)}<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>
<w:pPrDefault><w:pPr>${spacing(300, 0, 80)}</w:pPr></w:pPrDefault></w:docDefaults>`,
  '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>',
  '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont"><w:name w:val="Default Paragraph Font"/></w:style>',
  `<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/>${margins(0, 108, 0, 108)}</w:tblPr></w:style>`,
  paragraph('Title', 'Title', `<w:keepNext/>${spacing(520, 0, 60)}`, look(40, accent, true)),
  paragraph('Subtitle', 'Subtitle', spacing(320, 60, 160), look(21, quiet)),
  paragraph(
    'Heading1',
    'heading 1',
    `<w:keepNext/><w:keepLines/>${spacing(380, 400, 120)}<w:outlineLvl w:val="0"/>`,
    look(28, accent, true),
  ),
  paragraph(
    'Heading2',
    'heading 2',
    `<w:keepNext/><w:keepLines/>${spacing(330, 320, 80)}<w:outlineLvl w:val="1"/>`,
    look(23, null, true),
  ),
  paragraph(
    'Heading3',
    'heading 3',
    `<w:keepNext/><w:keepLines/>${spacing(270, 100, 30)}<w:outlineLvl w:val="2"/>`,
    look(18, accent, true),
  ),
  paragraph('Fact', 'Fact', spacing(240, 0, 0), look(16, quiet)),
  paragraph('Role', 'Role', spacing(290, 0, 30), ''),
  paragraph('Cell', 'Cell', spacing(290, 0, 0), ''),
  paragraph('Header', 'header', spacing(230, 0, 0), look(16, quiet)),
  paragraph('Footer', 'footer', spacing(230, 0, 0), look(16, quiet)),
  paragraph('ListBullet', 'List Bullet', spacing(300, 0, 40), ''),
  paragraph('ListNumber', 'List Number', spacing(300, 0, 40), ''),
  paragraph('ListContinue', 'List Continue', spacing(300, 0, 40), ''),
  `<w:style w:type="character" w:styleId="Hyperlink"><w:name w:val="Hyperlink"/><w:rPr><w:color w:val="1F4E9E"/><w:u w:val="single"/></w:rPr></w:style>`,
  `<w:style w:type="character" w:customStyle="1" w:styleId="Label"><w:name w:val="Label"/><w:qFormat/><w:rPr><w:color w:val="${quiet}"/></w:rPr></w:style>`,
  table(
    'AgendaTable',
    'Agenda Table',
    `<w:tblBorders><w:top ${line(8, accent)}/><w:bottom ${line(8, accent)}/><w:insideH ${line(4, rule)}/></w:tblBorders>${margins(50, 80, 50, 80)}`,
    `<w:tblStylePr w:type="firstRow"><w:rPr><w:b/><w:bCs/><w:color w:val="${accent}"/></w:rPr><w:tcPr><w:tcBorders><w:bottom ${line(8, accent)}/></w:tcBorders><w:shd w:val="clear" w:color="auto" w:fill="EEF1F5"/></w:tcPr></w:tblStylePr>`,
  ),
  table('LanguageColumns', 'Language Columns', margins(0, 0, 40, 0), ''),
].join('\n')}</w:styles>`

function paragraph(id: string, name: string, format: string, run: string): string {
  return `<w:style w:type="paragraph" w:styleId="${id}"><w:name w:val="${name}"/><w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>${format}</w:pPr><w:rPr>${run}</w:rPr></w:style>`
}

function table(id: string, name: string, format: string, rest: string): string {
  return `<w:style w:type="table" w:customStyle="1" w:styleId="${id}"><w:name w:val="${name}"/><w:basedOn w:val="TableNormal"/><w:qFormat/><w:tblPr>${format}</w:tblPr>${rest}</w:style>`
}

/** In half points. */
function size(value: number): string {
  return `<w:sz w:val="${value}"/><w:szCs w:val="${value}"/>`
}

function look(value: number, color: string | null, bold = false): string {
  return `${bold ? '<w:b/><w:bCs/>' : ''}${color === null ? '' : `<w:color w:val="${color}"/>`}${size(value)}`
}

function spacing(height: number, before: number, after: number): string {
  return `<w:spacing w:before="${before}" w:after="${after}" w:line="${height}" w:lineRule="atLeast"/>`
}

function line(width: number, color: string): string {
  return `w:val="single" w:sz="${width}" w:space="0" w:color="${color}"`
}

function margins(...widths: number[]): string {
  const sides = ['top', 'left', 'bottom', 'right'].map(
    (side, index) => `<w:${side} w:w="${widths[index]}" w:type="dxa"/>`,
  )
  return `<w:tblCellMar>${sides.join('')}</w:tblCellMar>`
}
