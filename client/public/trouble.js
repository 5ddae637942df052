/*
 * Says so when the app cannot start: a script that does not come, or one that this browser cannot run. Nothing here may
 * be newer than what old browsers know. The words are in index.html; once the app is drawn they are gone, and it speaks
 * for itself.
 */
window.addEventListener(
  'error',
  (event) => {
    if (event.target !== window && event.target.tagName !== 'SCRIPT') return
    if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', say)
    else say()

    function say() {
      var words = document.getElementById('trouble')
      if (!words) return
      words.className = 'now'
      var reload = words.querySelector('button')
      reload.hidden = false
      reload.onclick = () => {
        window.location.reload()
      }
    }
  },
  true,
)
