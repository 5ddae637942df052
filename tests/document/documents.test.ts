import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { documentNames, documents, mayRead, pageDocuments, termsOf } from '../../shared/document/documents.ts'
import { fragmentAt } from '../../shared/document/schema.ts'

test('a page opens beside the agenda what the registry says, and nothing that its reader may not read', () => {
  for (const role of ['organizer', 'delegate', 'observer'] as const) {
    for (const side of ['us', 'cn', null] as const) {
      const opened = pageDocuments({ role, side })
      expect(opened).not.toContain('agenda')
      expect(opened.filter((name) => !mayRead({ role, side }, name) || !termsOf(name).page)).toEqual([])
    }
  }
})

test('P6: a caucus is read by its own side, observers excepted', () => {
  expect(mayRead({ role: 'delegate', side: 'us' }, 'caucus-us')).toBe(true)
  expect(mayRead({ role: 'delegate', side: 'cn' }, 'caucus-us')).toBe(false)
  expect(mayRead({ role: 'observer', side: 'us' }, 'caucus-us')).toBe(false)
  expect(mayRead({ role: 'delegate', side: null }, 'caucus-cn')).toBe(false)
})

test('no two documents share a number on a connection', () => {
  const channels = documentNames.map((name) => documents[name].channel)
  expect(new Set(channels).size).toBe(channels.length)
})

test('a text that is a whole root is there from the beginning, one of an item only with its item', () => {
  const doc = new Y.Doc()
  expect(fragmentAt(doc, { root: 'notes' })).toBe(doc.getXmlFragment('notes'))
  expect(fragmentAt(doc, { item: 'nowhere' as never, text: 'title', language: 'en' })).toBeNull()
})
