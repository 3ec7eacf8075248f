import { read16, write16 } from "./bytes.ts";

/** RFC 4733 section 2.3. */
export interface TelephoneEvent {
  /** 0 to 255; 0 to 15 are digits. */
  readonly event: number;
  readonly end: boolean;
  /** 0 to 63: dBm0 without its sign. */
  readonly volume: number;
  /** Timestamp units, 0 to 65535. */
  readonly duration: number;
}

/** The payload from `start` to `end`; null: too short. */
export function readTelephoneEvent(packet: Uint8Array, start: number, end: number): TelephoneEvent | null {
  if (end - start < 4 || end > packet.length) return null;
  const second = packet[start + 1] ?? 0;
  return {
    event: packet[start] ?? 0,
    end: second >= 0x80,
    volume: second & 0x3f,
    duration: read16(packet, start + 2),
  };
}

/** Writes 4 bytes. */
export function writeTelephoneEvent(packet: Uint8Array, start: number, event: TelephoneEvent): void {
  packet[start] = event.event;
  packet[start + 1] = (event.end ? 0x80 : 0) | event.volume;
  write16(packet, start + 2, event.duration);
}

/**
 * The duration of the event whose payload begins at `start`, in place, from one clock (Hz) to another. One that does
 * not fit stays at the most that can be said.
 */
export function rescaleTelephoneEvent(packet: Uint8Array, start: number, from: number, to: number): void {
  const duration = Math.round((read16(packet, start + 2) * to) / from);
  write16(packet, start + 2, Math.min(0xffff, duration));
}

/** By event code (RFC 4733 section 3.2). */
const digits = "0123456789*#ABCD";

/** 0-9 * # A-D of events 0 to 15. */
export const digitOf = (event: number): string | null => digits[event] ?? null;

/** Lower-case letters too; null: no digit. */
export function eventOf(digit: string): number | null {
  const event = digit.length === 1 ? digits.indexOf(digit.toUpperCase()) : -1;
  return event < 0 ? null : event;
}
