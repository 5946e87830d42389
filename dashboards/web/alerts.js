// Notifications of the desktop, on the page of alerts: only after a reader asked for them there, and only while that page is
// open. What they say comes in the event, as text; nothing is kept in the browser.

const button = document.querySelector('[data-tell]')
const words = document.getElementById('telling')
let isTelling = false

/** Whether the stream has to stay open although nobody looks at the page. */
export const telling = () => isTelling

function show(on, text) {
  isTelling = on
  button.ariaPressed = String(on)
  button.textContent = on ? 'Stop telling me here' : 'Tell me here'
  words.textContent = text
}

if (button && 'Notification' in window) {
  button.hidden = false
  button.addEventListener('click', async () => {
    if (isTelling) return show(false, 'You are not told here any more.')
    const answer = await Notification.requestPermission()
    const refused = 'Your browser does not allow it: allow notifications for this page in its settings.'
    show(answer === 'granted', answer === 'granted' ? 'You are told of alerts while this page is open.' : refused)
  })
}

const states = {
  'alert.early': 'Probable, not yet sure',
  'alert.confirmed': 'Sure',
  'alert.withdrawn': 'Taken back',
  'alert.closed': 'Over',
}
export const alertEvents = Object.keys(states)

/** One alert took a state: a later one of the same alert takes the place of the one before. */
export function tell({ type, data }) {
  if (!isTelling) return
  const { id, title, path } = JSON.parse(data)
  const told = new Notification(states[type], { body: title, tag: id })
  told.onclick = () => {
    window.focus()
    location.href = path
  }
}
