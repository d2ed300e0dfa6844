import type { Translation } from '../t'
import type zh from '../zh/status'

export default {
  draft: 'Draft',
  recorded: 'Recorded',
  solved_on_spot: 'Solved on the spot',
  explained: 'Explained',
  own_unit: 'Own unit handles it',
  to_be_forwarded: 'To be forwarded',
  queued: 'Queued',
  submitted: 'Submitted',
  accepted: 'Accepted',
  dispatched: 'Dispatched',
  in_progress: 'In progress',
  returned: 'Returned',
  extended: 'Extended',
  answered: 'Answered',
  agreed: 'Resident agrees',
  closed: 'Closed',
  reopened: 'Reopened',
  merged: 'Merged',
  not_accepted: 'Not accepted',
  withdrawn: 'Withdrawn',
  archived: 'Archived',
  unknown: 'Other (please update)',
} satisfies Translation<typeof zh>
