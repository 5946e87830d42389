// A chart as PNG: the browser draws the picture that the server makes as SVG, and saves it. Without script there is the SVG.
const scale = 2

async function save({ dataset: { png, name } }) {
  const image = new Image()
  image.src = png
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = image.naturalWidth * scale
  canvas.height = image.naturalHeight * scale
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height)
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'))
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

document.addEventListener('click', async (event) => {
  const button = event.target.closest?.('[data-png]')
  if (!button || button.disabled) return
  button.disabled = true
  const name = button.textContent
  try {
    await save(button)
  } catch {
    button.textContent = 'PNG: not drawn, use SVG'
    setTimeout(() => (button.textContent = name), 4_000)
  }
  button.disabled = false
})
