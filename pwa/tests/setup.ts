// Every test begins with an empty phone.
import 'fake-indexeddb/auto'
