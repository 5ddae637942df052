/** Without https, and in chat programs, there is no clipboard: `field` or a temporary one is selected and copied. */
export async function copyText(text: string, field: HTMLInputElement | null = null): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    const selected = field ?? document.activeElement?.parentElement?.appendChild(document.createElement('input'))
    if (!selected) return
    selected.value = text
    selected.select()
    document.execCommand('copy')
    if (!field) selected.remove()
  }
}
