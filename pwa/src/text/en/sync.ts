import type { Translation } from '../t'
import type zh from '../zh/sync'

export default {
  needs_you: 'Needs you',
  with_leader: 'With the leader',
  waiting: 'Saved, waiting to be sent',
  sending: 'Being sent',
  differs: 'Delivered, differs from another person’s change',
  confirmed: 'Delivered',
  withPhotos: '{words}, photos {sent}/{total}',
  allConfirmed: 'Everything is delivered',
  waitingCount: '{n} waiting',
  nowSyncing: 'Syncing…',
  worksOffline: 'Works without network',
  lastAt: 'Last complete sync: {time}',
  never: 'No complete sync yet',
  endOffline: 'There is no network now',
  endPortal: 'This network wants a login of its own first',
  endExpired: 'Your sign-in has expired; sign in again to send',
  endBusy: 'The system is busy; it will be tried again',
  endRevoked: 'This phone has been revoked; its records went to the leaders',
  endRefused: 'The system did not take it now; it will be tried again',
} satisfies Translation<typeof zh>
