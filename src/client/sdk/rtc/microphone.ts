import { phoneError, type WebPhoneError } from "./error.ts";

/** Media Capture and Streams, section 10.2 (getUserMedia): why the promise is rejected. */
function errorOf(thrown: unknown): WebPhoneError {
  const name = thrown instanceof DOMException ? thrown.name : "";
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return phoneError(
        "microphone-refused",
        "the browser was not allowed to use the microphone: allow it in the settings of this site, then try again",
        thrown,
      );
    case "NotFoundError":
    case "OverconstrainedError":
      return phoneError("microphone-absent", "there is no microphone: connect one, then try again", thrown);
    default:
      return phoneError(
        "microphone-failed",
        "the microphone cannot be opened: another program may be using it",
        thrown,
      );
  }
}

/** Asks for the microphone. @throws WebPhoneError insecure-context, microphone-refused, -absent, -failed */
export async function openMicrophone(constraints: MediaTrackConstraints | undefined): Promise<MediaStream> {
  // Absent outside secure contexts, whatever the DOM types say. Secure Contexts, section 3.1.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) {
    throw phoneError(
      "insecure-context",
      "browsers hand out the microphone only to pages from https or localhost: open this page that way",
    );
  }
  try {
    return await devices.getUserMedia({ audio: constraints ?? true });
  } catch (error) {
    throw errorOf(error);
  }
}
