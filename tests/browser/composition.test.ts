import { test } from 'vitest'
import { compositions } from '../soak/compositions.ts'
import { playSample } from '../support/sample.ts'

test('composing Chinese stays whole while somebody else types in the same paragraph, and with plain Tiptap it does not', () =>
  playSample(compositions))
