/*
 * Promises over IndexedDB: all that a library for it would be used for here, at a tenth of its weight. A promise of an answer
 * settles within the event that brings it, so that a transaction is still there for whoever has waited.
 */

export function answerOf<Answer>(request: IDBRequest<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error))
  })
}

/** Settles when all that was asked of `transaction` is on the disk; rejects when nothing of it is. */
export function endOf(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('abort', () => reject(transaction.error ?? new DOMException('Undone', 'AbortError')))
  })
}

/** Answers to all items, each asked before any has answered. A transaction that ends tells of what fails. */
export function answersOf<Item, Answer>(
  items: readonly Item[],
  ask: (item: Item) => IDBRequest<Answer>,
): Promise<Answer[]> {
  const answers: Promise<Answer>[] = []
  try {
    for (const item of items) answers.push(answerOf(ask(item)))
  } finally {
    for (const answer of answers) answer.catch(() => {})
  }
  const all = Promise.all(answers)
  all.catch(() => {})
  return all
}
