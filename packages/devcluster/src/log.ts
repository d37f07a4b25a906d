/** Takes one line about something that went wrong or is worth knowing. */
export type Log = (line: string) => void
