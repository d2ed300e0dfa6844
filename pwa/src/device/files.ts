// Handing a file to the person: the phone's share sheet where there is one, else a download.

/** Whether it was handed over; `false` when the person closed the share sheet. */
export async function handOver(file: File): Promise<boolean> {
  if (navigator.canShare?.({ files: [file] })) {
    const shared = await navigator.share({ files: [file] }).then(
      () => 'done',
      (error: unknown) =>
        error instanceof DOMException && error.name === 'AbortError' ? 'closed' : 'failed',
    )
    if (shared !== 'failed') return shared === 'done'
  }
  const address = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = address
  link.download = file.name
  link.click()
  // Some browsers read the address only after the click has returned.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
  return true
}
