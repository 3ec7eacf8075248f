/** The numbers of the default context, in the order in which they are tried; services.md reserves the features. */

export type Feature = "echo" | "milliwatt" | "music" | "conference";

/** What a phone may dial at all: nothing else reaches a dial string. 0 and the 20 digits of a web user are 21. */
export const diallable = /^[0-9*#+]{1,21}$/;

export const webUser = /^0([0-9]{1,20})$/;

/** A feature's number wins over an extension of the same number. */
export const features: readonly { readonly feature: Feature; readonly expression: RegExp }[] = [
  { feature: "echo", expression: /^9196$/ },
  { feature: "milliwatt", expression: /^9197$/ },
  { feature: "music", expression: /^9664$/ },
  { feature: "conference", expression: /^30[0-9]{2}$/ },
];
