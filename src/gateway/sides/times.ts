/** Milliseconds for ICE and DTLS with a browser: a check that is lost is sent again for some seconds. */
export const connectWithin = 15_000;
