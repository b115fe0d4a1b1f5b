package tokenbroker.example;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.protobuf.StatusProto;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import tokenbroker.v1.GetTokenRequest;
import tokenbroker.v1.GetTokenResponse;
import tokenbroker.v1.StartAuthorizationRequest;
import tokenbroker.v1.TokenBrokerServiceGrpc;
import tokenbroker.v1.TokenBrokerServiceGrpc.TokenBrokerServiceBlockingStub;

/** Fetches a token from the broker and calls an API with it. Exits with 2 where a person has to authorize first, and prints the link. */
public final class FetchToken {
  /** Reasons that a new authorization answers. */
  private static final Set<String> PERSON_MUST_ACT =
      Set.of("CONNECTION_NOT_FOUND", "REAUTHORIZATION_REQUIRED", "EXPIRED_NOT_REFRESHABLE", "MISSING_SCOPES");

  private FetchToken() {}

  public static void main(String[] args) throws Exception {
    Map<String, String> env = System.getenv();
    ManagedChannel channel = channelTo(URI.create(env.get("TOKEN_BROKER_URL")));
    try {
      TokenBrokerServiceBlockingStub broker =
          TokenBrokerServiceGrpc.newBlockingStub(channel)
              .withCallCredentials(new ApiKeyCredentials(() -> env.get("TOKEN_BROKER_API_KEY")));
      System.exit(run(broker, env));
    } finally {
      channel.shutdownNow();
    }
  }

  private static int run(TokenBrokerServiceBlockingStub broker, Map<String, String> env) throws Exception {
    GetTokenRequest request =
        GetTokenRequest.newBuilder()
            .setConnectionId(env.get("CONNECTION_ID"))
            .setUserId(env.get("USER_ID"))
            .setProvider(env.get("PROVIDER"))
            .build();
    GetTokenResponse token;
    try {
      token = broker.withDeadlineAfter(20, TimeUnit.SECONDS).getToken(request);
    } catch (StatusRuntimeException e) {
      String reason = reasonOf(e).orElseThrow(() -> e);
      if (!PERSON_MUST_ACT.contains(reason)) {
        throw e;
      }
      System.out.println(reason + ": open " + authorizeUrl(broker, request));
      return 2;
    }
    HttpResponse<String> answer = call(URI.create(env.get("API_URL")), token);
    System.out.println("version " + token.getVersion() + ": " + answer.statusCode());
    return answer.statusCode() == 200 ? 0 : 1;
  }

  /** Sends the token only where the broker says it belongs. HttpClient follows no redirect unless it is told to. */
  private static HttpResponse<String> call(URI api, GetTokenResponse token) throws Exception {
    String origin = api.getScheme() + "://" + api.getAuthority();
    if (!token.getUsage().getAllowedOriginsList().contains(origin)) {
      throw new IllegalStateException("the token is not for " + origin);
    }
    HttpRequest request =
        HttpRequest.newBuilder(api)
            .header(
                token.getUsage().getHeaderName(), token.getUsage().getHeaderPrefix() + token.getAccessToken())
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }

  private static String authorizeUrl(TokenBrokerServiceBlockingStub broker, GetTokenRequest key) {
    return broker
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .startAuthorization(
            StartAuthorizationRequest.newBuilder()
                .setConnectionId(key.getConnectionId())
                .setUserId(key.getUserId())
                .setProvider(key.getProvider())
                .build())
        .getAuthorizeUrl();
  }

  /** `reason` of the ErrorInfo among the error's details; empty where the broker was not reached. */
  private static Optional<String> reasonOf(StatusRuntimeException e) throws InvalidProtocolBufferException {
    for (Any detail : StatusProto.fromThrowable(e).getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        return Optional.of(detail.unpack(ErrorInfo.class).getReason());
      }
    }
    return Optional.empty();
  }

  /** https, or http to this machine. */
  private static ManagedChannel channelTo(URI broker) {
    boolean encrypted = broker.getScheme().equals("https");
    ChannelCredentials credentials =
        encrypted ? TlsChannelCredentials.create() : InsecureChannelCredentials.create();
    return Grpc.newChannelBuilderForAddress(broker.getHost(), broker.getPort(), credentials).build();
  }
}
