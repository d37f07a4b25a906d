/** Keeps a choice of this browser for a year, on this origin only. */
export function keepChoice(name: string, value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing from Firefox and Safari
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`
}
