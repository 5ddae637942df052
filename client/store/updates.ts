import { createStore, type StoreApi } from 'zustand/vanilla'

/** Whether this page should be exchanged for a newer one. `broken`: a part of this version could not be fetched. */
export type Update = { readonly status: 'none' } | { readonly status: 'ready' } | { readonly status: 'broken' }

export interface Updates {
  readonly store: StoreApi<Update>
  /** Takes the newer version, if there is one, and reloads this tab. Never called but by a person's click. */
  apply(): Promise<void>
}

export function openUpdates(page: Window): Updates {
  const store = createStore<Update>(() => ({ status: 'none' }))
  return {
    store,
    async apply() {
      page.location.reload()
    },
  }
}
