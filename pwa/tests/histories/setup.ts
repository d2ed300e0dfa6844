// What the program finds on every phone, and a disk whose every step may be the last.
import 'fake-indexeddb/auto'
import { watchTheDisk } from './mortal'

Object.assign(globalThis, { window: globalThis })
watchTheDisk()
