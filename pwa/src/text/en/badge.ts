import type { Translation } from '../t'
import type zh from '../zh/badge'

export default {
  title: 'Badge',
  number: 'Number',
  term: 'Valid',
  howTo: 'The resident scans the code or calls 12345, then compares these six digits',
  noSecret: 'This phone has no digits yet. Ask your leader for a new enrolment code.',
  none: 'This account has no badge.',
  works: 'The digits change every 30 seconds and are valid without network.',
  photoOf: 'Photo of {name}',
  qrAlt: 'QR code to check this visitor',
  qrNote: 'Scan to check this visitor',
} satisfies Translation<typeof zh>
