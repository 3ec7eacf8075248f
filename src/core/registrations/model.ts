/** A phone that is registered at a switch, as `GET /registrations` shows it. */
export interface Registration {
  readonly user: string;
  readonly domain: string;
  readonly contact: string;
  readonly networkIp: string;
  readonly networkPort: number;
  /** `udp`, `tcp`, `tls`, `ws`, `wss`. */
  readonly transport: string;
  readonly userAgent: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Node id. */
  readonly node: string;
  /** Call-ID of the REGISTER: what FreeSWITCH keys a registration by. */
  readonly callId: string;
}
