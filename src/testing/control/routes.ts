import { readForm } from "../mock-provider/json/form.ts";
import { readScript } from "../mock-provider/json/script.ts";
import type { DrivenKit } from "../test-kit.ts";
import { describeKit } from "./describe-kit.ts";
import {
  answerForm,
  failForm,
  hideForm,
  providerScriptForm,
  restartForm,
  seedForm,
  visitForm,
} from "./forms.ts";

export interface ControlRequest {
  /** Of the connection in the path. */
  readonly id: string;
  /** Parsed; `{}` without one. */
  readonly body: unknown;
}

/** What to answer as JSON; nothing = `{}`. */
type Route = (kit: DrivenKit, request: ControlRequest) => unknown;

const scriptProvider: Route = ({ provider }, { body }) => {
  const { provider: name, ...script } = readForm(providerScriptForm, body);
  const vendor = provider.vendor(name ?? [...provider.vendors.keys()][0] ?? "");
  return { id: vendor.script(readScript(script)).id };
};

export const ROUTES: Readonly<Record<string, Route>> = {
  "GET /": (kit) => describeKit(kit),
  "GET /counts": (kit) => kit.counts(),
  "GET /requests": ({ resource }) => ({ requests: resource.requests }),
  "POST /reset": (kit) => kit.reset(),
  "POST /connections": ({ connections }, { body }) => connections.seed(readForm(seedForm, body)),
  "POST /connections/:id/rotate": ({ connections }, { id }) => connections.rotate(id),
  "POST /connections/:id/expire": ({ connections }, { id }) => connections.expire(id),
  "POST /connections/:id/kill": ({ connections }, { id }) => connections.kill(id),
  "POST /connections/:id/reconnect": ({ connections }, { id }) => connections.reconnect(id),
  "POST /visit": async (kit, { body }) => ({ location: await kit.visit(readForm(visitForm, body).url) }),
  "POST /resource/answers": ({ resource }, { body }) => resource.answer(readForm(answerForm, body)),
  "POST /provider/scripts": scriptProvider,
  "POST /broker/restart": (kit, { body }) => kit.restart(readForm(restartForm, body)),
  "POST /broker/cut": (kit) => ({ connections: kit.cutConnections() }),
  "POST /broker/fail": (kit, { body }) => {
    const { times, retryAfterMs } = readForm(failForm, body);
    kit.failReads(times, retryAfterMs);
  },
  "POST /broker/hide": (kit, { body }) => kit.hideMethods(readForm(hideForm, body).methods),
};
