// What this app is called on the wire.
export const APP_VERSION = '1.0.0'
/** The shape of the mutations this app writes, their `v` [M6]. */
export const SCHEMA = 1
