// How well a visit is evidenced, in words, for the person who made it. Every visit is valid.
import { inLocale, programme } from '@/programme'
import {
  distanceInWords,
  type Evidence,
  evidenceInWords,
  type Grade,
  gradeVisit,
  RADII_M,
} from '@/rules/check_in'
import { t, tryText } from '@/text/t'
import type { Place, Visit } from '@/wire'

/** What the phone itself makes of a visit's fix, before or without the server. */
export function ownEvidence(visit: Visit, place: Place | null): Evidence {
  const address = {
    lat: place?.lat ?? null,
    lon: place?.lon ?? null,
    dwelling: place?.dwelling ?? '',
    confirmed: place?.point_confirmed ?? false,
  }
  const witness = { scanned: Boolean(visit.scanned_code), late_entry: visit.late_entry ?? false }
  return gradeVisit(address, visit.fix, witness, { ...RADII_M, ...programme.value.radius_m })
}

/** The evidence of a visit in words: the server's verdict when it has come, else the phone's own. */
export function evidenceWords(visit: Visit, place: Place | null): string {
  const own = ownEvidence(visit, place)
  if (!visit.evidence) return inLocale(evidenceInWords(own))
  const grade = visit.evidence as Grade
  const location = visit.evidence_reason ?? own.location
  return inLocale(evidenceInWords({ ...own, grade, location }))
}

/** What the person at the door should know about the fix that was just taken, or `null` when all is well. */
export function fixRemark(visit: Visit, place: Place | null): string | null {
  const { location, distance_m } = ownEvidence(visit, place)
  if (location === 'outside' && distance_m !== null) {
    return t('visits.fixAway', { distance: inLocale(distanceInWords(distance_m)) })
  }
  return tryText(`visits.fix_${location}`)
}
