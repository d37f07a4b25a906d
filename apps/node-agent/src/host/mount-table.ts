import type { Mount } from './host.ts'

/**
 * `/proc/self/mountinfo`, one mount a line: id, parent, major:minor, root, path, options, optional fields, `-`, type,
 * source, super options. Blanks in names are octal escapes. Source: proc_pid_mountinfo(5).
 */
export function parseMountTable(text: string): Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ')
      const [, , deviceNumber = '', root = '', path = '', options = ''] = before.split(' ')
      const [fsType = '', source = '', superOptions = ''] = after.split(' ')
      const own = options.split(',')
      return {
        path: decodeOctal(path),
        deviceNumber,
        source: decodeOctal(source),
        fsType,
        root: decodeOctal(root),
        readOnly: own.includes('ro') || superOptions.split(',').includes('ro'),
        options: own,
      }
    })
}

function decodeOctal(name: string): string {
  return name.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
