// Enrolment codes as they come: scanned as an address of ours, or typed with spaces and dashes.

/** The code in what a camera read or a person typed; '' when there is none. */
export function codeIn(text: string): string {
  const inAddress = /[?#&](?:code=)?([A-Za-z0-9-]+)$/.exec(text)?.[1]
  const code = (inAddress ?? text).replace(/[\s-]/g, '').toUpperCase()
  return /^[A-Z0-9]{5,64}$/.test(code) ? code : ''
}
