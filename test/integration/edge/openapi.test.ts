import { Validator } from "@seriousme/openapi-schema-validator";
import { beforeAll, afterAll, describe, expect, test } from "vitest";
import { restWorld } from "../../fakes/rest.ts";

interface Operation {
  readonly summary?: string;
  readonly responses: Record<string, unknown>;
  readonly security?: unknown[];
}

let world: Awaited<ReturnType<typeof restWorld>>;
let paths: Record<string, Record<string, Operation>>;

beforeAll(async () => {
  world = await restWorld({ rateLimits: { requests: 100_000, failures: 100_000 } });
  paths = (await world.call("/api/v1/openapi.json", { token: null })).body.paths;
});
afterAll(() => world[Symbol.asyncDispose]());

/** The scope each route wants, as interface.md has it; what is missing here is missing in the routes, or too much. */
const scopes: Record<string, string> = {
  "GET /api/v1/nodes": "read",
  "GET /api/v1/registrations": "read",
  "GET /api/v1/extensions": "read",
  "POST /api/v1/extensions": "provision",
  "POST /api/v1/extensions/bulk": "provision",
  "GET /api/v1/extensions/{number}": "read",
  "PATCH /api/v1/extensions/{number}": "provision",
  "PUT /api/v1/extensions/{number}": "provision",
  "DELETE /api/v1/extensions/{number}": "provision",
  "GET /api/v1/calls": "read",
  "POST /api/v1/calls": "calls",
  "GET /api/v1/calls/{id}": "read",
  "DELETE /api/v1/calls/{id}": "calls",
  "POST /api/v1/calls/{id}/hangup": "calls",
  "POST /api/v1/calls/{id}/answer": "calls",
  "POST /api/v1/calls/{id}/hold": "calls",
  "POST /api/v1/calls/{id}/resume": "calls",
  "POST /api/v1/calls/{id}/transfer": "calls",
  "POST /api/v1/calls/{id}/bridge": "calls",
  "POST /api/v1/calls/{id}/park": "calls",
  "POST /api/v1/calls/{id}/dtmf": "calls",
  "GET /api/v1/explain": "read",
  "GET /api/v1/events": "read",
  "GET /api/v1/tokens": "admin",
  "POST /api/v1/tokens": "admin",
  "DELETE /api/v1/tokens/{id}": "admin",
  "GET /api/v1/webclients": "read",
  "POST /api/v1/webclients/tokens": "provision",
  "GET /api/v1/webclients/keys": "admin",
  "POST /api/v1/webclients/keys": "admin",
};
const open = ["GET /healthz", "GET /readyz", "GET /metrics", "GET /rtc"];

const operations = (): [string, Operation][] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );

describe("the OpenAPI document", () => {
  test("is valid OpenAPI 3.1 to a validator that is not ours", async () => {
    const document = (await world.call("/api/v1/openapi.json")).body;
    const validator = new Validator();
    expect(await validator.validate(document)).toMatchObject({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  test("covers every route, and none that does not exist", () => {
    expect(
      operations()
        .map(([name]) => name)
        .toSorted(),
    ).toEqual([...Object.keys(scopes), ...open].toSorted());
  });

  test("says of each what it does and what it answers", () => {
    for (const [name, operation] of operations()) {
      expect([name, operation.summary ?? ""]).toEqual([name, expect.stringMatching(/.{5,}/)]);
      expect([name, Object.keys(operation.responses).length > 0]).toEqual([name, true]);
    }
  });

  test("inputs refuse unknown members", () => {
    for (const [name, operation] of operations()) {
      const { requestBody } = operation as {
        requestBody?: { content: Record<string, { schema: { additionalProperties?: boolean } }> };
      };
      const schema = requestBody?.content["application/json"]?.schema;
      expect([name, schema?.additionalProperties ?? false]).toEqual([name, false]);
    }
  });
});

const request = (name: string, token: string | null) => {
  const [method = "", path = ""] = name.split(" ");
  return world.call(path.replace(/\{\w+\}/, "nobody"), { method, token });
};

describe("scopes", () => {
  const all = ["read", "calls", "provision", "admin"] as const;
  test.for(Object.entries(scopes))("%s wants %s", async ([name, scope]) => {
    expect((await request(name, null)).status).toBe(401);
    for (const held of all) {
      const { token, id } = await world.access.create({ name: held, scopes: [held] });
      const { status } = await request(name, token);
      expect([held, status === 403]).toEqual([held, held !== scope && held !== "admin"]);
      await world.access.remove(id);
    }
  });
});
