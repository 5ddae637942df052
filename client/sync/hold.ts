/**
 * The queue of what has come in but must wait. While somebody composes Chinese, a change of the text around the caret
 * makes the browser drop the composition; so everything that comes in waits here, in order, and is let through at
 * once afterwards. What goes out is not held.
 */
export interface Hold<Frame> {
  /** Begins a hold; the function ends it. Holds may overlap, and each may be ended more than once. */
  take(): () => void
  /** Delivers `frame` now, or once the last hold has ended. */
  receive(frame: Frame): void
  /** How many frames are waiting. */
  waiting(): number
}

export function createHold<Frame>(deliver: (frames: readonly Frame[]) => void): Hold<Frame> {
  let takers = 0
  let queue: Frame[] = []

  function release() {
    takers -= 1
    if (takers > 0 || queue.length === 0) return
    const frames = queue
    queue = []
    deliver(frames)
  }

  return {
    take() {
      takers += 1
      let taken = true
      return () => {
        if (!taken) return
        taken = false
        release()
      }
    },
    receive(frame) {
      if (takers > 0) queue.push(frame)
      else deliver([frame])
    },
    waiting: () => queue.length,
  }
}
