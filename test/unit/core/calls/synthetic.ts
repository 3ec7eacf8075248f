import type {
  ChannelEvent,
  ChannelEventName,
  ChannelFacts,
  ChannelSnapshot,
} from "../../../../src/core/calls/index.ts";

export const node = "lab:8021";

function facts(uuid: string, given: Partial<ChannelFacts> = {}): ChannelFacts {
  return {
    uuid,
    direction: "inbound",
    callerNumber: "1001",
    callerName: "Ann",
    calleeNumber: "",
    calleeName: "",
    destination: "1002",
    channelName: `sofia/internal/${uuid}`,
    createdAt: 1000,
    answeredAt: null,
    callState: "RINGING",
    codec: null,
    relatedTo: null,
    requestedCall: null,
    reference: null,
    originator: null,
    blindTransfer: null,
    ...given,
  };
}

type Given = Partial<Omit<ChannelEvent, "channel">> & { readonly channel?: Partial<ChannelFacts> };

/** Makes events of one switch process, numbered in the order they are made. */
export function switchProcess(
  core = "core-1",
  start = 1,
): (name: ChannelEventName, uuid: string, given?: Given) => ChannelEvent {
  let sequence = start - 1;
  return (name, uuid, { channel = {}, ...given } = {}) => {
    sequence += 1;
    const time = 1000 + sequence;
    return {
      name,
      node,
      core,
      sequence,
      time,
      channel: facts(uuid, channel),
      bridgedWith: null,
      cause: null,
      attended: null,
      detail: null,
      ...given,
    };
  };
}

export const hangup = { channel: { callState: "HANGUP" }, cause: "NORMAL_CLEARING" } as const;

export const snapshot = (
  uuid: string,
  given: Partial<ChannelSnapshot> & { readonly facts?: Partial<ChannelFacts> } = {},
): ChannelSnapshot => {
  const { facts: some = {}, ...rest } = given;
  return { channel: facts(uuid, some), bridgedWith: null, parked: false, ...rest };
};
