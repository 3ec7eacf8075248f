import { writeFileSync } from "node:fs";
import { join } from "node:path";

const description = `v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000`;

interface Message {
  readonly headers?: readonly string[];
  /** `sdp` stands for a description. */
  readonly body?: string;
}

function written(lines: readonly string[], { headers = [], body }: Message): string {
  const sdp = body === "sdp";
  const text = sdp ? description : body;
  const typed = sdp ? ["Content-Type: application/sdp"] : [];
  const all = [
    ...lines,
    ...headers,
    ...typed,
    text === undefined ? "Content-Length: 0" : "Content-Length: [len]",
  ];
  return `<![CDATA[\n${all.join("\n")}\n\n${text ?? ""}\n]]>`;
}

/** Waits for a request; what it says of the peer is kept for requests of ours. */
export const gets = (method: string, { optional = false } = {}): string =>
  method === "INVITE"
    ? `<recv request="INVITE"><action>
         <ereg regexp="SIP/2.0.*" search_in="hdr" header="Via:" assign_to="via"/>
         <ereg regexp=".*" search_in="hdr" header="From:" assign_to="peer"/>
         <ereg regexp=".*" search_in="hdr" header="To:" assign_to="own"/>
         <ereg regexp="sip:[^>]*" search_in="hdr" header="Contact:" assign_to="target"/>
       </action></recv>`
    : `<recv request="${method}"${optional ? ' optional="true"' : ""}/>`;

export const hears = (status: number, { optional = false } = {}): string =>
  `<recv response="${status}"${optional ? ' optional="true"' : ""} rrs="true"/>`;

const escaped = (text: string): string => text.replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Waits for a message that must hold that text in a header. */
export const getsWith = (request: string, header: string, regexp: string): string =>
  `<recv request="${request}"><action>
     <ereg regexp="${escaped(regexp)}" search_in="hdr" header="${header}:" check_it="true" assign_to="checked"/>
   </action></recv>`;

export const hearsWith = (status: number, header: string, regexp: string): string =>
  `<recv response="${status}" rrs="true"><action>
     <ereg regexp="${regexp}" search_in="hdr" header="${header}:" check_it="true" assign_to="checked"/>
   </action></recv>`;

/** Answers the request that came last; `tag` when it has none yet. `cseq`: of the request that is meant. */
export const answers = (
  status: string,
  message: Message & {
    readonly tag?: string | null;
    readonly cseq?: string;
    readonly repeats?: boolean;
  } = {},
): string => {
  const { tag = null, cseq, repeats = false } = message;
  return `<send${repeats ? ' retrans="500"' : ""}>${written(
    [
      `SIP/2.0 ${status}`,
      "[last_Via:]",
      "[last_From:]",
      `[last_To:]${tag === null ? "" : `;tag=${tag}`}`,
      "[last_Call-ID:]",
      cseq === undefined ? "[last_CSeq:]" : `CSeq: ${cseq}`,
      "Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>",
    ],
    message,
  )}</send>`;
};

/** Answers the INVITE, whatever came after it. */
export const answersInvite = (status: string, tag: string, message: Message = {}): string =>
  `<send retrans="500">${written(
    [
      `SIP/2.0 ${status}`,
      "Via: [$via]",
      "From:[$peer]",
      `To:[$own];tag=${tag}`,
      "[last_Call-ID:]",
      "CSeq: 1 INVITE",
      "Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>",
    ],
    message,
  )}</send>`;

export const ownTag = "[pid]-[call_number]";

/** A request of sipp's in its own call: the first, or with `inside` one in the dialog. */
export const asks = (
  method: string,
  cseq: number,
  message: Message & {
    readonly inside?: boolean;
    /** To the Request-URI of the first, for the ACK of a refusal. */
    readonly tagged?: boolean;
    readonly repeats?: boolean;
    readonly via?: string;
  } = {},
): string => {
  const { inside = false, tagged = inside, repeats = method !== "ACK", via } = message;
  return `<send${repeats ? ' retrans="500"' : ""}>${written(
    [
      `${method} ${inside ? "[next_url]" : "sip:us@[remote_ip]:[remote_port]"} SIP/2.0`,
      via ?? "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
      "Max-Forwards: 70",
      `From: "Sipp" <sip:sipp@[local_ip]:[local_port]>;tag=${ownTag}`,
      `To: <sip:us@[remote_ip]:[remote_port]>${tagged ? "[peer_tag_param]" : ""}`,
      "Call-ID: [call_id]",
      `CSeq: ${cseq} ${method}`,
      "Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>",
    ],
    message,
  )}</send>`;
};

/** A request of sipp's in a call that it was sent. */
export const asksBack = (
  method: string,
  cseq: number,
  message: Message & { readonly repeats?: boolean } = {},
): string =>
  `<send${(message.repeats ?? method !== "ACK") ? ' retrans="500"' : ""}>${written(
    [
      `${method} [$target] SIP/2.0`,
      "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
      "Max-Forwards: 70",
      `From:[$own];tag=${ownTag}`,
      "To:[$peer]",
      "Call-ID: [call_id]",
      `CSeq: ${cseq} ${method}`,
      "Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>",
    ],
    message,
  )}</send>`;

export const waits = (milliseconds: number): string => `<pause milliseconds="${milliseconds}"/>`;

/** Answers again what comes again, for so long. */
export const lingers = (milliseconds: number): string => `<timewait milliseconds="${milliseconds}"/>`;

let count = 0;

/** Writes the scenario; its path. */
export function script(home: string, steps: readonly string[]): string {
  count += 1;
  const path = join(home, `script-${count}.xml`);
  const used = steps.join("\n");
  const variables = ["via", "peer", "own", "target", "checked"].filter((name) =>
    used.includes(`assign_to="${name}"`),
  );
  const references = variables.length === 0 ? "" : `<Reference variables="${variables.join(",")}"/>`;
  writeFileSync(
    path,
    `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="script ${count}">\n${used}\n${references}\n</scenario>\n`,
  );
  return path;
}
