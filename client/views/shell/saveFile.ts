/** Passes a file that was made here to the browser. If a real address exists for it, link to that instead. */
export function saveFile(file: File): void {
  const url = URL.createObjectURL(file)
  const anchor = document.createElement('a')
  anchor.href = url
  anchor.download = file.name
  anchor.click()
  // The browser has read the file by then; a minute is ample.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
