import type { ImportReader } from './record.js'

// Each loads nothing of the others.
const readers = {
  postern: async () => (await import('./line-formats.js')).readPostern,
  htpasswd: async () => (await import('./line-formats.js')).readHtpasswd,
  keycloak: async () => (await import('./keycloak.js')).readKeycloak,
  firebase: async () => (await import('./firebase.js')).readFirebase,
  auth0: async () => (await import('./line-formats.js')).readAuth0,
  supabase: async () => (await import('./supabase.js')).readSupabase,
  authelia: async () => (await import('./authelia.js')).readAuthelia
} satisfies Record<string, () => Promise<ImportReader>>

/** The names of the formats that can be imported. */
export const formats = Object.keys(readers) as readonly (keyof typeof readers)[]

/** The reader of a format; undefined if there is none of this name. */
export async function readerOf(format: string): Promise<ImportReader | undefined> {
  const known = formats.find((name) => name === format)
  return known && (await readers[known]())
}
