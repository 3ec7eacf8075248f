import type { AddressInfo } from "node:net";
import { DtlsClient, DtlsServer, ProtectionProfileAes128CmHmacSha1_80, type DtlsSocket } from "werift";
import { reasonOf } from "../../../base/index.ts";
import type { SrtpKeyPair } from "../lane/lane.ts";
import type { OwnCertificate } from "./certificate.ts";
import { HandshakeGate } from "./handshake-gate.ts";
import { impostor, opened, type Fingerprint } from "./proof.ts";
import { contentType, recordsOf, writeRecord, type DtlsRecord } from "./records.ts";

/** new ──start──► connecting ──proved──► connected ──close_notify──► closed; or failed. */
export type DtlsState = "new" | "connecting" | "connected" | "closed" | "failed";

export interface DtlsPeerOptions {
  /** Ours: the client begins. */
  readonly role: "client" | "server";
  readonly certificate: OwnCertificate;
  /** Of the peer's session description. */
  readonly fingerprints: readonly Fingerprint[];
  readonly send: (datagram: Uint8Array) => void;
  readonly connected: (keys: SrtpKeyPair) => void;
  readonly failed: (reason: string) => void;
  /** The peer said that it ends. */
  readonly closed: () => void;
}

/** RFC 5764 section 4.1.2. */
const keyBytes = 16;
const saltBytes = 14;
/** RFC 5246 section 7.2. */
const closeNotify = Buffer.of(1, 0);
/**
 * Beyond every flight of werift's: its loops that repeat flights end when they see it. They sleep on timers of their own,
 * so that a handshake which was given up may keep the process alive for up to 5.5 s.
 */
const noFlight = 99;

/**
 * DTLS-SRTP (RFC 5764) with werift's handshake, which is handed nothing but what the gate lets through, and whose
 * outcome is believed only when the peer has proved who it is. Records of a session that is up are not handed to it at
 * all: it would take an unsigned alert for the end, and a new ClientHello for a new peer.
 */
export class DtlsPeer {
  readonly #options: DtlsPeerOptions;
  readonly #gate: HandshakeGate;
  readonly #socket: DtlsSocket;
  readonly #transport;
  #state: DtlsState = "new";
  #proved = false;

  constructor(options: DtlsPeerOptions) {
    this.#options = options;
    this.#gate = new HandshakeGate(options.role);
    this.#transport = {
      type: "lane",
      address: { address: "", family: "IPv4", port: 0 } satisfies AddressInfo,
      closed: false,
      onData: (_datagram: Buffer): void => undefined,
      send: (datagram: Buffer): Promise<void> => {
        if (this.#state === "connecting" || this.#state === "connected") options.send(datagram);
        return Promise.resolve();
      },
      close: (): Promise<void> => Promise.resolve(),
    };
    const { certPem: cert, keyPem: key, signatureHash } = options.certificate;
    // One profile: browsers take it in either role, and counter mode is what is cheap in JavaScript.
    const shared = { cert, key, signatureHash, extendedMasterSecret: true, transport: this.#transport };
    const profiles = { srtpProfiles: [ProtectionProfileAes128CmHmacSha1_80] as const };
    this.#socket =
      options.role === "client"
        ? new DtlsClient({ ...shared, srtpProfiles: [...profiles.srtpProfiles] })
        : new DtlsServer({ ...shared, srtpProfiles: [...profiles.srtpProfiles], certificateRequest: true });
    this.#socket.onConnect.subscribe(() => this.#connected());
    this.#socket.onError.subscribe((error) => this.#fail(reasonOf(error)));
  }

  get role(): "client" | "server" {
    return this.#options.role;
  }

  get state(): DtlsState {
    return this.#state;
  }

  /** The client begins; the server waits. */
  start(): void {
    if (this.#state !== "new") return;
    this.#state = "connecting";
    if (this.#socket instanceof DtlsClient) {
      this.#socket.connect().catch((error: unknown) => this.#fail(reasonOf(error)));
    }
  }

  receive(datagram: Buffer): void {
    for (const record of recordsOf(datagram)) {
      if (this.#state !== "connecting" && this.#state !== "connected") return;
      if (record.epoch === 0) this.#clear(record);
      else if (record.type === contentType.handshake) this.#finished(record);
      else if (record.type === contentType.alert) this.#alert(record);
    }
  }

  /** Tells the peer, if it is connected, and ends. */
  close(): void {
    if (this.#state === "connected") this.#options.send(this.#closeNotify());
    if (this.#state !== "failed") this.#state = "closed";
    this.#socket.dtls.flight = noFlight;
    this.#transport.onData = () => undefined;
  }

  #clear(record: DtlsRecord): void {
    if (this.#state !== "connecting" || record.type !== contentType.handshake) return;
    for (const datagram of this.#gate.take(record.fragment)) this.#transport.onData(datagram);
  }

  #finished(record: DtlsRecord): void {
    // It came before what it finishes: the peer sends the flight again.
    if (!this.#gate.complete || opened(this.#socket, record) === null) return;
    if (!this.#proved) {
      const { role, fingerprints } = this.#options;
      const reason = impostor(this.#socket, role, record, fingerprints);
      if (reason !== null) {
        this.#fail(reason);
        return;
      }
      this.#proved = true;
    }
    // Once connected, a server that sees it again sends its own flight again.
    if (this.#state === "connecting" || this.#options.role === "server") {
      this.#transport.onData(Buffer.from(record.bytes));
    }
  }

  #alert(record: DtlsRecord): void {
    if (this.#state !== "connected") return;
    const alert = opened(this.#socket, record);
    if (alert?.length !== 2) return;
    const [level, description] = alert;
    if (level !== 2 && description !== 0) return;
    this.#state = "closed";
    this.#options.closed();
  }

  #connected(): void {
    if (this.#state !== "connecting") return;
    if (!this.#proved) {
      this.#fail("the handshake ended before the peer had proved who it is");
      return;
    }
    if (this.#socket.srtp.srtpProfile === undefined) {
      this.#fail("the peer does not take SRTP");
      return;
    }
    this.#state = "connected";
    const { localKey, localSalt, remoteKey, remoteSalt } = this.#socket.extractSessionKeys(
      keyBytes,
      saltBytes,
    );
    const profile = "AES_CM_128_HMAC_SHA1_80";
    this.#options.connected({
      send: { profile, masterKey: localKey, masterSalt: localSalt },
      receive: { profile, masterKey: remoteKey, masterSalt: remoteSalt },
    });
  }

  #fail(reason: string): void {
    if (this.#state !== "connecting") return;
    this.#state = "failed";
    this.#socket.dtls.flight = noFlight;
    this.#options.failed(reason);
  }

  #closeNotify(): Buffer {
    const { dtls, cipher, sessionType } = this.#socket;
    dtls.recordSequenceNumber += 1;
    const header = {
      type: contentType.alert,
      version: 0xfefd,
      epoch: 1,
      sequenceNumber: dtls.recordSequenceNumber,
    };
    const fragment = cipher.cipher.encrypt(sessionType, closeNotify, header);
    return writeRecord(contentType.alert, 1, dtls.recordSequenceNumber, fragment);
  }
}
