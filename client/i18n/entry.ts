/** Parses times, lengths and web addresses as people type them, leniently. */

/** 'www.example.org/a' -> 'https://www.example.org/a', 'name@example.org' -> 'mailto:…'; anything else as it is. */
export function addressEntered(text: string): string {
  const typed = text.trim()
  if (/^[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+$/.test(typed)) return `mailto:${typed}`
  return /^([\p{L}\p{N}-]+\.)+[\p{L}]{2,}(:\d+)?([/?#]\S*)?$/u.test(typed) ? `https://${typed}` : typed
}

/** '9', '930', '9:30', '09.30', '9：30', '2 pm', '下午2点半' -> 'HH:mm'. */
export function timeEntered(text: string): string | null {
  const typed = text.trim().toLowerCase().normalize('NFKC')
  const afternoon = /(pm|p\.m\.|下午|晚上)/.test(typed)
  const morning = /(am|a\.m\.|上午|早上|凌晨)/.test(typed)
  const bare = typed
    .replace(/(a\.?m\.?|p\.?m\.?|上午|下午|早上|晚上|凌晨)/g, '')
    .replace(/点半/, ':30')
    .replace(/[点时]/, ':')
    .replace(/分/, '')
    .replace(/:$/, '')
    .trim()
  const parts = /^(\d{1,2})(?:\s*[:.h]\s*(\d{1,2}))?$/.exec(bare) ?? /^(\d{1,2})(\d{2})$/.exec(bare)
  if (!parts) return null
  let hours = Number(parts[1])
  const minutes = Number(parts[2] ?? 0)
  if (afternoon && hours < 12) hours += 12
  if (morning && hours === 12) hours = 0
  if (hours > 23 || minutes > 59) return null
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`
}

/** '75', '75 min', '1:15', '1h15', '1.5 h', '90分钟', '1小时15分' -> whole minutes. */
export function minutesEntered(text: string): number | null {
  const typed = text.trim().toLowerCase().normalize('NFKC').replace(/\s+/g, '')
  const plain = /^(\d{1,9})(min|minutes?|m|分钟?|')?$/.exec(typed)
  if (plain) return Number(plain[1])
  const hours = /^(\d{1,6}(?:\.\d+)?)(?:h|hours?|小时)(?:(\d{1,2})(?:min|m|分钟?)?)?$/.exec(typed)
  if (hours) return Math.round(Number(hours[1]) * 60) + Number(hours[2] ?? 0)
  const clock = /^(\d{1,2}):(\d{2})$/.exec(typed)
  if (clock && Number(clock[2]) < 60) return Number(clock[1]) * 60 + Number(clock[2])
  return null
}
