import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "../../gen/ts/grpc/health/v1/health_pb.ts";
import { TokenBrokerAdminService } from "../../gen/ts/tokenbroker/v1/admin_pb.ts";
import { TokenBrokerLoginService } from "../../gen/ts/tokenbroker/v1/login_pb.ts";
import { TokenBrokerService } from "../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";

/** What gRPC health answers: the same readiness as `/healthz/ready`. */
export interface Readiness {
  serving(): boolean;
  /** Calls back on every change; answers a function that ends the subscription. */
  onChange(listener: () => void): () => void;
}

const SERVICES = [
  "",
  TokenBrokerService.typeName,
  TokenBrokerLoginService.typeName,
  TokenBrokerAdminService.typeName,
] as const;

const isKnown = (service: string): boolean => SERVICES.some((known) => known === service);

/**
 * grpc.health.v1 (Check, Watch, List), as the gRPC health checking protocol defines it: an unknown service is NOT_FOUND for Check, and SERVICE_UNKNOWN for
 * Watch, whose stream stays open.
 */
export const healthRoutes =
  (readiness: Readiness, draining: () => boolean) =>
  (router: ConnectRouter): void => {
    const status = (): Status => (readiness.serving() ? Status.SERVING : Status.NOT_SERVING);
    router.service(Health, {
      check: ({ service }) => {
        if (!isKnown(service)) throw new ConnectError("unknown service", Code.NotFound);
        return { status: status() };
      },
      list: () => ({
        statuses: Object.fromEntries(SERVICES.map((service) => [service, { status: status() }])),
      }),
      watch: ({ service }, context) =>
        watchStatus(
          readiness,
          isKnown(service) ? status : () => Status.SERVICE_UNKNOWN,
          draining,
          context.signal,
        ),
    });
  };

/** The present status, then each change, until the caller or the process goes away: a watcher does not hold up a process that drains. */
async function* watchStatus(
  readiness: Readiness,
  status: () => Status,
  draining: () => boolean,
  signal: AbortSignal,
) {
  let changed = Promise.withResolvers<void>();
  const wake = (): void => changed.resolve();
  const unsubscribe = readiness.onChange(wake);
  signal.addEventListener("abort", wake, { once: true });
  try {
    let last: Status | undefined;
    while (!signal.aborted) {
      const now = status();
      if (now !== last) yield { status: (last = now) };
      if (draining()) return;
      await changed.promise;
      changed = Promise.withResolvers<void>();
    }
  } finally {
    unsubscribe();
  }
}
