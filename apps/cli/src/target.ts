/** A data folder, or an installation and a key that it knows. */
export type Target = { readonly dataDir: string } | { readonly address: string; readonly apiKey: string };
