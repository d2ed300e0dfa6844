import type { Translation } from '../t'
import type zh from '../zh/lock'

export default {
  title: 'Locked',
  enter: 'Enter your PIN',
  digits: '{n} {n|digit|digits} entered',
  remove: 'Delete one digit',
  wrong: 'Wrong PIN, try again',
  wait: 'Please wait {n} {n|second|seconds}',
  forgot: 'Forgot the PIN? Sign in with a new enrolment code; no record is lost',
  pin: 'PIN lock',
  enterOld: 'Enter your present PIN',
  waitABit: 'Several wrong tries; please wait a little',
  pinSet: 'PIN set',
  pinRemove: 'Remove the PIN',
  pinRemoved: 'PIN removed',
  signOutTitle: 'Sign out?',
  signOutHeld:
    '{n} {n|record|records} on this phone not delivered yet. They stay here and are sent after you sign in again.',
  signOutClean: 'Everything is delivered. To come back you need a new enrolment code.',
  signOut: 'Sign out',
  signOutStay: 'Stay signed in',
} satisfies Translation<typeof zh>
