import type { SecondFactor } from '../store/store.js'
import { isRecoveryCode, withoutCode } from './recovery-codes.js'
import { matchingStep } from './totp.js'

/** A second factor whose secret is open, in base32. */
export type OpenFactor = SecondFactor

/** The way in which a code proves a second factor. */
export type FactorUseKind = 'totp' | 'recovery_code'

/** The factor as the use of a code leaves it. */
export interface FactorUse {
  readonly kind: FactorUseKind
  readonly after: Pick<SecondFactor, 'lastStep' | 'recoveryCodes'>
}

/** A code as somebody types it, in its canonical form: without spaces and hyphens, in capitals. */
export function canonicalCode(code: string): string {
  return code.replace(/[\s-]/g, '').toUpperCase()
}

/**
 * Judges a canonical code at this time, in seconds. Undefined for a wrong one, and for one that was used before. It changes nothing
 * by itself: the code is spent with the change of the account that keeps `after`.
 */
export function useFactor(factor: OpenFactor, code: string, now: number): FactorUse | undefined {
  const { secret, lastStep, recoveryCodes } = factor
  if (isRecoveryCode(code)) {
    const left = withoutCode(recoveryCodes, code)
    return left && { kind: 'recovery_code', after: { lastStep, recoveryCodes: left } }
  }
  const step = matchingStep(secret, code, now, lastStep)
  return step === undefined ? undefined : { kind: 'totp', after: { lastStep: step, recoveryCodes } }
}
