// What is known of the network, for the strip on top: seen from real replies, not only from the phone's own opinion.
import { ref } from 'vue'

export type Network = 'online' | 'offline' | 'portal'

export const network = ref<Network>(navigator.onLine ? 'online' : 'offline')

window.addEventListener('offline', () => {
  network.value = 'offline'
})
window.addEventListener('online', () => {
  network.value = 'online'
})
