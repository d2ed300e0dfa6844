// A service request (诉求) from its form: what is stored, and what must be said before it can be.
import type { NewFields } from '@/db/records'
import { ReadableError } from '@/errors'
import { isTrackingCode, normalise } from '@/rules/codes'
import { initialStatus } from '@/rules/service_requests'
import type { Place, ServiceRequest } from '@/wire'
import { UNSURE } from './categories'

export interface RequestForm {
  photos: string[]
  category: string
  text: string
  handling: NonNullable<ServiceRequest['handling']> | ''
  way: NonNullable<ServiceRequest['way']> | ''
  urgent: boolean
  /** What was done at once, for the resident's page; '' when nothing is to be said. */
  done_text: string
  phone: string
  confidential: boolean
  /** The number printed on a contact card, instead of a new tracking code. */
  card_code: string
}

export const EMPTY_FORM: Readonly<RequestForm> = {
  photos: [],
  category: '',
  text: '',
  handling: '',
  way: '',
  urgent: false,
  done_text: '',
  phone: '',
  confidential: false,
  card_code: '',
}

/** What the request is about and who records it. */
export interface Circumstances {
  place: Place | null
  visit_id: string | null
  cadre_id: string | null
  /** YYYY-MM-DD. */
  occurred_on: string
  /** A fresh code, used unless a card's number is given. */
  tracking_code: string
}

/** The request to store. Throws ReadableError naming the one thing to mend. */
export function newRequest(form: RequestForm, about: Circumstances): NewFields<'service_request'> {
  check(form)
  return {
    place_id: about.place?.id ?? null,
    visit_id: about.visit_id,
    source: 'cadre',
    category: categoryOf(form),
    text: form.text.trim() || null,
    photos: form.photos,
    handling: form.handling || null,
    way: form.way || null,
    status: initialStatus(form.handling || null),
    confidential: form.confidential || null,
    contact_phone: digitsOf(form.phone) || null,
    tracking_code: form.card_code.trim() ? normalise(form.card_code) : about.tracking_code,
    occurred_on: about.occurred_on,
    urgent: form.urgent || null,
    address: about.place?.address ?? null,
    cadre_id: about.cadre_id,
  }
}

/** Only the platform dispatches by category, so only who reports upwards is asked for one; `null` for none. */
export function categoryOf(form: Pick<RequestForm, 'handling' | 'category'>): string | null {
  return form.handling === 'forward' && form.category !== UNSURE ? form.category || null : null
}

function check(form: RequestForm): void {
  if (form.text.trim() === '' && form.photos.length === 0) {
    throw new ReadableError(
      'missing_text',
      '请用一句话写清楚什么事，或拍一张照片。',
      'Say in one sentence what it is about, or take a photo.',
    )
  }
  if (form.handling === 'forward' && form.category === '') {
    throw new ReadableError(
      'missing_category',
      '上报请点一个类别，平台按类别转办；拿不准就点“说不准”。',
      'Tap a category: the platform dispatches by it. If you cannot tell, tap "Not sure".',
    )
  }
  if (form.phone.trim() !== '' && !/^\d{7,15}$/.test(digitsOf(form.phone))) {
    throw new ReadableError(
      'bad_phone',
      '电话号码不对，请核对；也可以不填。',
      'This is no phone number; please check it, or leave it out.',
    )
  }
  if (form.card_code.trim() !== '' && !isTrackingCode(form.card_code)) {
    throw new ReadableError(
      'bad_card_code',
      '联系卡号码抄错了，请对照卡片再核对一遍。',
      'The card’s number was copied wrongly; please compare it with the card.',
    )
  }
}

/** A phone number as digits; people type spaces, dashes and +86. */
function digitsOf(phone: string): string {
  return phone
    .normalize('NFKC')
    .replace(/^\s*\+?86(?=\s*-?1\d)/, '')
    .replace(/[\s\-()]/g, '')
}
