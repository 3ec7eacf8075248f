import { expect, test } from "vitest";
import { Emitter } from "../../../src/base/index.ts";

test("a listener that throws harms neither the emitter nor its neighbours", () => {
  const errors: unknown[] = [];
  const heard: number[] = [];
  const emitter = new Emitter<{ tick: number }>((error) => errors.push(error));
  emitter.on("tick", () => {
    throw new Error("mine");
  });
  emitter.on("tick", (value) => heard.push(value));
  emitter.emit("tick", 7);
  expect(heard).toEqual([7]);
  expect(errors).toEqual([new Error("mine")]);
});

test("a removed listener hears nothing more", () => {
  const heard: number[] = [];
  const emitter = new Emitter<{ tick: number }>(() => {});
  const remove = emitter.on("tick", (value) => heard.push(value));
  emitter.emit("tick", 1);
  remove();
  emitter.emit("tick", 2);
  expect(heard).toEqual([1]);
});
