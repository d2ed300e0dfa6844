// All English words; fetched only when a person chooses English.
import badge from './badge'
import conflict from './conflict'
import device from './device'
import diary from './diary'
import enrol from './enrol'
import lock from './lock'
import me from './me'
import messages from './messages'
import policy from './policy'
import questionnaire from './questionnaire'
import record from './record'
import requests from './requests'
import shell from './shell'
import status from './status'
import sync from './sync'
import ui from './ui'
import visits from './visits'
import waiting from './waiting'

export default {
  badge,
  conflict,
  device,
  diary,
  enrol,
  lock,
  me,
  messages,
  policy,
  questionnaire,
  record,
  requests,
  shell,
  status,
  sync,
  ui,
  visits,
  waiting,
}
