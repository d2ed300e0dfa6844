import type { Translation } from '../t'
import type zh from '../zh/diary'

export default {
  title: 'Diary',
  today: 'Today · {day}',
  totals:
    '{doors} {doors|door|doors}, {met} met, {opinions} {opinions|opinion|opinions}, {requests} {requests|request|requests}',
  all: 'Show all {n}',
  fewer: 'Show fewer',
  noVisits: 'No visits on this day yet',
  noVisitsNote: 'Visits are listed here by themselves; nothing is written twice.',
  text: 'Text',
  textHint: 'The visits stand above; write only what you want to say',
  autosaved: 'Saved while you write; a dead battery loses nothing',
  photos: 'Photos (optional)',
  submit: 'Submit',
  submitAgain: 'Submit again',
  saveOnly: 'Save now, submit later',
  submitted: 'Submitted',
  notSubmitted: 'Not submitted',
  restored: 'What you had not saved is back.',
  discard: 'Discard it',
  twoVersions: 'One sentence has two versions; please choose',
  companions: 'With you today',
  of: "{name}'s diary",
  writeAlong: 'You may write along',
  writeAlongNote: 'You went together on {day}; what you add is merged into this diary.',
  earlier: 'Earlier days',
} satisfies Translation<typeof zh>
