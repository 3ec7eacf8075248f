/** What FreeSWITCH plays, made of tones: an installation needs no sound package. */

/** Three soft notes and a pause, for ever. */
export const holdMusic = "tone_stream://v=-13;%(500,0,523.25);%(500,0,659.25);%(900,1100,783.99);loops=-1";

/** What a caller who was answered already hears while the next phone rings. */
export const ringback = "%(1000,4000,425)";

/** ITU-T O.9: 1004 Hz, the digital milliwatt's frequency. */
export const milliwatt = "tone_stream://%(1000,0,1004);loops=-1";
