// Removes Vant's icon font (25 kB, and an outside host) from the build; our icons are SVG.
import type { Plugin } from 'vite'

const ICON_STYLES = /vant[\\/]es[\\/]icon[\\/]index\.css$/

/** Leaves only the box of `.van-icon`: components of Vant that carry an icon keep their layout. */
export function vantWithoutIconFont(): Plugin {
  return {
    name: 'vant-without-icon-font',
    enforce: 'pre',
    load(id) {
      if (ICON_STYLES.test(id)) return '.van-icon{position:relative;display:inline-block;font-size:inherit}'
    },
  }
}
