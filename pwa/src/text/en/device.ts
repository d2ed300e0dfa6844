import type { Translation } from '../t'
import type zh from '../zh/device'

export default {
  fixOff: 'Location is off; the visit counts all the same',
  fixPending: 'Looking for the location, please go on',
  fixGood: 'Located to about {n} m',
  fixRough: 'Only a rough location, about {n} m',
  fixDenied: 'Location not allowed; the visit counts all the same',
  fixTimeout: 'No location found; the visit counts all the same',
  fixUnavailable: 'The phone cannot locate now; the visit counts all the same',
  storagePersisted: 'Records on this phone are protected from clean-up',
  storageTemporary: 'The system may clean up records on this phone; connect soon',
  storageUsed: '{used} used, about {free} free',
  storageLow: 'Little space is left on this phone; free some before taking photos',
  installHint:
    'Please add this app to the home screen: tap Share, then Add to Home Screen. Otherwise the system may clear its records after seven days without use.',
} satisfies Translation<typeof zh>
