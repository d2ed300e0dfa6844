import type { Translation } from '../t'
import type zh from '../zh/shell'

export default {
  name: 'Doorstep',
  tabs: 'Main pages',
  today: 'Today',
  diary: 'Diary',
  messages: 'Messages',
  me: 'Me',
  board: 'Board',
  offline: 'No network. Work on: everything is sent later by itself',
  portal: 'This network wants a login of its own first; your records are safe on this phone',
  expired: 'Your sign-in has expired; your data is still on this phone',
  signIn: 'Sign in again',
  updateReady: 'A new version is ready',
  outdated: 'This version is too old and updates itself online; records are kept and delivered as ever',
  update: 'Update',
  noSuchPage: 'There is no such page',
  goHome: 'Go home',
  updateLater: 'It will update once you have saved',
} satisfies Translation<typeof zh>
