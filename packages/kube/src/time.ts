/** metav1.Time: whole seconds. */
export function kubeTime(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z')
}

/** metav1.MicroTime: the server's parser insists on six digits. */
export function kubeMicroTime(at: Date): string {
  return at.toISOString().replace(/Z$/, '000Z')
}
