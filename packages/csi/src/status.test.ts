import { status } from '@grpc/grpc-js'
import { errorCodes, InvalidFieldError, OpenLocalError } from '@open-local/shared'
import { expect, test } from 'vitest'
import { fromStatus, statusByCode, toFailure } from './status.ts'

test.each(errorCodes)('%s is the gRPC status of that name, there and back', (code) => {
  expect(statusByCode[code]).toBe(status[code])
  expect(toFailure(new OpenLocalError(code, 'No luck'), 'M')).toEqual({ code, message: 'No luck' })
  const received = fromStatus(statusByCode[code], 'No luck', 'cause')
  expect(received).toMatchObject({ name: 'OpenLocalError', code, message: 'No luck', cause: 'cause' })
})

test('every gRPC status but OK and DATA_LOSS has a code of ours', () => {
  const ours = new Set<number>(Object.values(statusByCode))
  const others = Object.entries(status).filter(([, number]) => typeof number === 'number' && !ours.has(number))
  expect(others.map(([name]) => name)).toEqual(['OK', 'DATA_LOSS'])
  expect(fromStatus(status.DATA_LOSS, '', undefined).code).toBe('UNKNOWN')
})

test('a subclass keeps its code and sentence', () => {
  const failure = toFailure(new InvalidFieldError('name', 'is empty'), 'M')
  expect(failure).toEqual({ code: 'INVALID_ARGUMENT', message: 'name: is empty' })
})

test.each([new TypeError('password is hush'), 'hush', undefined, { code: 'NOT_FOUND', message: 'hush' }])(
  'what is not of the family becomes INTERNAL and leaks nothing: %s',
  (error) => {
    const failure = toFailure(error, '/csi.v1.Node/NodeGetInfo')
    expect(failure.code).toBe('INTERNAL')
    expect(failure.message).toContain('/csi.v1.Node/NodeGetInfo')
    expect(failure.message).not.toContain('hush')
  },
)
