// A new door's fields from its form; what its grid already says is taken from a neighbour, so nothing is typed twice.
import type { NewFields } from '@/db/records'
import { ReadableError } from '@/errors'
import type { Place } from '@/wire'

export interface NewPlace {
  kind: Place['kind']
  label: string
  address: string
  grid_id: string
}

/** The place to store. Throws ReadableError when name or address is missing, or the address is on the list already. */
export function newPlace(form: NewPlace, known: readonly Place[]): NewFields<'place'> {
  const label = form.label.trim()
  const address = form.address.trim()
  if (label === '' || address === '') {
    throw new ReadableError('missing_field', '请填写称呼和地址。', 'Enter what to call it and the address.')
  }
  if (known.some((one) => one.kind === form.kind && one.address === address && one.label === label)) {
    throw new ReadableError(
      'place_known',
      '名单里已经有这一户，请直接搜索。',
      'This door is on the list already; please search for it.',
    )
  }
  const neighbour = known.find((one) => one.grid_id === form.grid_id)
  return {
    kind: form.kind,
    label,
    address,
    grid_id: neighbour?.grid_id ?? null,
    grid_name: neighbour?.grid_name ?? null,
    dwelling: form.kind === 'enterprise' ? 'enterprise' : form.kind === 'village' ? 'village_centre' : null,
  }
}
