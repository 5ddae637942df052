/**
 * Whether some of the text has no place to break. Browsers then shape it anew for every line, 10 s for 50,000 letters,
 * unless letters are not kerned: so the class `unbroken` does without.
 */
export function isUnbroken(text: string): boolean {
  return text.length > 2000 && /\S{2000}/.test(text)
}
