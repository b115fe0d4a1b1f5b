package tokenbroker.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * Tokens, grants and providers: what consuming services, applications and operators call.
 * A grant is named by (namespace, connection_id, user_id, provider or mcp_server_url): fields 1 to 5 of every message that names one.
 * Errors are Connect/gRPC codes with google.rpc.ErrorInfo{reason, domain: "tokenbroker"}; `reason` is an ErrorReason without its prefix.
 * UNAVAILABLE carries google.rpc.RetryInfo; INVALID_ARGUMENT carries google.rpc.BadRequest where a field is wrong.
 * No method may be called with GET, and every answer is `Cache-Control: no-store`.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class TokenBrokerServiceGrpc {

  private TokenBrokerServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "tokenbroker.v1.TokenBrokerService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.StartAuthorizationRequest,
      tokenbroker.v1.StartAuthorizationResponse> getStartAuthorizationMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "StartAuthorization",
      requestType = tokenbroker.v1.StartAuthorizationRequest.class,
      responseType = tokenbroker.v1.StartAuthorizationResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.StartAuthorizationRequest,
      tokenbroker.v1.StartAuthorizationResponse> getStartAuthorizationMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.StartAuthorizationRequest, tokenbroker.v1.StartAuthorizationResponse> getStartAuthorizationMethod;
    if ((getStartAuthorizationMethod = TokenBrokerServiceGrpc.getStartAuthorizationMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getStartAuthorizationMethod = TokenBrokerServiceGrpc.getStartAuthorizationMethod) == null) {
          TokenBrokerServiceGrpc.getStartAuthorizationMethod = getStartAuthorizationMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.StartAuthorizationRequest, tokenbroker.v1.StartAuthorizationResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "StartAuthorization"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.StartAuthorizationRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.StartAuthorizationResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("StartAuthorization"))
              .build();
        }
      }
    }
    return getStartAuthorizationMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.CompleteAuthorizationRequest,
      tokenbroker.v1.CompleteAuthorizationResponse> getCompleteAuthorizationMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CompleteAuthorization",
      requestType = tokenbroker.v1.CompleteAuthorizationRequest.class,
      responseType = tokenbroker.v1.CompleteAuthorizationResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.CompleteAuthorizationRequest,
      tokenbroker.v1.CompleteAuthorizationResponse> getCompleteAuthorizationMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.CompleteAuthorizationRequest, tokenbroker.v1.CompleteAuthorizationResponse> getCompleteAuthorizationMethod;
    if ((getCompleteAuthorizationMethod = TokenBrokerServiceGrpc.getCompleteAuthorizationMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getCompleteAuthorizationMethod = TokenBrokerServiceGrpc.getCompleteAuthorizationMethod) == null) {
          TokenBrokerServiceGrpc.getCompleteAuthorizationMethod = getCompleteAuthorizationMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.CompleteAuthorizationRequest, tokenbroker.v1.CompleteAuthorizationResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CompleteAuthorization"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.CompleteAuthorizationRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.CompleteAuthorizationResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("CompleteAuthorization"))
              .build();
        }
      }
    }
    return getCompleteAuthorizationMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.GetAuthorizationRequest,
      tokenbroker.v1.GetAuthorizationResponse> getGetAuthorizationMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetAuthorization",
      requestType = tokenbroker.v1.GetAuthorizationRequest.class,
      responseType = tokenbroker.v1.GetAuthorizationResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.GetAuthorizationRequest,
      tokenbroker.v1.GetAuthorizationResponse> getGetAuthorizationMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.GetAuthorizationRequest, tokenbroker.v1.GetAuthorizationResponse> getGetAuthorizationMethod;
    if ((getGetAuthorizationMethod = TokenBrokerServiceGrpc.getGetAuthorizationMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getGetAuthorizationMethod = TokenBrokerServiceGrpc.getGetAuthorizationMethod) == null) {
          TokenBrokerServiceGrpc.getGetAuthorizationMethod = getGetAuthorizationMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.GetAuthorizationRequest, tokenbroker.v1.GetAuthorizationResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetAuthorization"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.GetAuthorizationRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.GetAuthorizationResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("GetAuthorization"))
              .build();
        }
      }
    }
    return getGetAuthorizationMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.GetTokenRequest,
      tokenbroker.v1.GetTokenResponse> getGetTokenMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetToken",
      requestType = tokenbroker.v1.GetTokenRequest.class,
      responseType = tokenbroker.v1.GetTokenResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.GetTokenRequest,
      tokenbroker.v1.GetTokenResponse> getGetTokenMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.GetTokenRequest, tokenbroker.v1.GetTokenResponse> getGetTokenMethod;
    if ((getGetTokenMethod = TokenBrokerServiceGrpc.getGetTokenMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getGetTokenMethod = TokenBrokerServiceGrpc.getGetTokenMethod) == null) {
          TokenBrokerServiceGrpc.getGetTokenMethod = getGetTokenMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.GetTokenRequest, tokenbroker.v1.GetTokenResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetToken"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.GetTokenRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.GetTokenResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("GetToken"))
              .build();
        }
      }
    }
    return getGetTokenMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.BatchGetTokensRequest,
      tokenbroker.v1.BatchGetTokensResponse> getBatchGetTokensMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "BatchGetTokens",
      requestType = tokenbroker.v1.BatchGetTokensRequest.class,
      responseType = tokenbroker.v1.BatchGetTokensResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.BatchGetTokensRequest,
      tokenbroker.v1.BatchGetTokensResponse> getBatchGetTokensMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.BatchGetTokensRequest, tokenbroker.v1.BatchGetTokensResponse> getBatchGetTokensMethod;
    if ((getBatchGetTokensMethod = TokenBrokerServiceGrpc.getBatchGetTokensMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getBatchGetTokensMethod = TokenBrokerServiceGrpc.getBatchGetTokensMethod) == null) {
          TokenBrokerServiceGrpc.getBatchGetTokensMethod = getBatchGetTokensMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.BatchGetTokensRequest, tokenbroker.v1.BatchGetTokensResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "BatchGetTokens"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.BatchGetTokensRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.BatchGetTokensResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("BatchGetTokens"))
              .build();
        }
      }
    }
    return getBatchGetTokensMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.WatchTokenRequest,
      tokenbroker.v1.WatchTokenResponse> getWatchTokenMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "WatchToken",
      requestType = tokenbroker.v1.WatchTokenRequest.class,
      responseType = tokenbroker.v1.WatchTokenResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.WatchTokenRequest,
      tokenbroker.v1.WatchTokenResponse> getWatchTokenMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.WatchTokenRequest, tokenbroker.v1.WatchTokenResponse> getWatchTokenMethod;
    if ((getWatchTokenMethod = TokenBrokerServiceGrpc.getWatchTokenMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getWatchTokenMethod = TokenBrokerServiceGrpc.getWatchTokenMethod) == null) {
          TokenBrokerServiceGrpc.getWatchTokenMethod = getWatchTokenMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.WatchTokenRequest, tokenbroker.v1.WatchTokenResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "WatchToken"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.WatchTokenRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.WatchTokenResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("WatchToken"))
              .build();
        }
      }
    }
    return getWatchTokenMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.WatchTokensRequest,
      tokenbroker.v1.WatchTokensResponse> getWatchTokensMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "WatchTokens",
      requestType = tokenbroker.v1.WatchTokensRequest.class,
      responseType = tokenbroker.v1.WatchTokensResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.WatchTokensRequest,
      tokenbroker.v1.WatchTokensResponse> getWatchTokensMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.WatchTokensRequest, tokenbroker.v1.WatchTokensResponse> getWatchTokensMethod;
    if ((getWatchTokensMethod = TokenBrokerServiceGrpc.getWatchTokensMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getWatchTokensMethod = TokenBrokerServiceGrpc.getWatchTokensMethod) == null) {
          TokenBrokerServiceGrpc.getWatchTokensMethod = getWatchTokensMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.WatchTokensRequest, tokenbroker.v1.WatchTokensResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "WatchTokens"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.WatchTokensRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.WatchTokensResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("WatchTokens"))
              .build();
        }
      }
    }
    return getWatchTokensMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.RefreshTokenRequest,
      tokenbroker.v1.RefreshTokenResponse> getRefreshTokenMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RefreshToken",
      requestType = tokenbroker.v1.RefreshTokenRequest.class,
      responseType = tokenbroker.v1.RefreshTokenResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.RefreshTokenRequest,
      tokenbroker.v1.RefreshTokenResponse> getRefreshTokenMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.RefreshTokenRequest, tokenbroker.v1.RefreshTokenResponse> getRefreshTokenMethod;
    if ((getRefreshTokenMethod = TokenBrokerServiceGrpc.getRefreshTokenMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getRefreshTokenMethod = TokenBrokerServiceGrpc.getRefreshTokenMethod) == null) {
          TokenBrokerServiceGrpc.getRefreshTokenMethod = getRefreshTokenMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.RefreshTokenRequest, tokenbroker.v1.RefreshTokenResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RefreshToken"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.RefreshTokenRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.RefreshTokenResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("RefreshToken"))
              .build();
        }
      }
    }
    return getRefreshTokenMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.ImportTokenRequest,
      tokenbroker.v1.ImportTokenResponse> getImportTokenMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ImportToken",
      requestType = tokenbroker.v1.ImportTokenRequest.class,
      responseType = tokenbroker.v1.ImportTokenResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.ImportTokenRequest,
      tokenbroker.v1.ImportTokenResponse> getImportTokenMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.ImportTokenRequest, tokenbroker.v1.ImportTokenResponse> getImportTokenMethod;
    if ((getImportTokenMethod = TokenBrokerServiceGrpc.getImportTokenMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getImportTokenMethod = TokenBrokerServiceGrpc.getImportTokenMethod) == null) {
          TokenBrokerServiceGrpc.getImportTokenMethod = getImportTokenMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.ImportTokenRequest, tokenbroker.v1.ImportTokenResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ImportToken"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.ImportTokenRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.ImportTokenResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("ImportToken"))
              .build();
        }
      }
    }
    return getImportTokenMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.GetConnectionRequest,
      tokenbroker.v1.GetConnectionResponse> getGetConnectionMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetConnection",
      requestType = tokenbroker.v1.GetConnectionRequest.class,
      responseType = tokenbroker.v1.GetConnectionResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.GetConnectionRequest,
      tokenbroker.v1.GetConnectionResponse> getGetConnectionMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.GetConnectionRequest, tokenbroker.v1.GetConnectionResponse> getGetConnectionMethod;
    if ((getGetConnectionMethod = TokenBrokerServiceGrpc.getGetConnectionMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getGetConnectionMethod = TokenBrokerServiceGrpc.getGetConnectionMethod) == null) {
          TokenBrokerServiceGrpc.getGetConnectionMethod = getGetConnectionMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.GetConnectionRequest, tokenbroker.v1.GetConnectionResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetConnection"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.GetConnectionRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.GetConnectionResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("GetConnection"))
              .build();
        }
      }
    }
    return getGetConnectionMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.ListConnectionsRequest,
      tokenbroker.v1.ListConnectionsResponse> getListConnectionsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListConnections",
      requestType = tokenbroker.v1.ListConnectionsRequest.class,
      responseType = tokenbroker.v1.ListConnectionsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.ListConnectionsRequest,
      tokenbroker.v1.ListConnectionsResponse> getListConnectionsMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.ListConnectionsRequest, tokenbroker.v1.ListConnectionsResponse> getListConnectionsMethod;
    if ((getListConnectionsMethod = TokenBrokerServiceGrpc.getListConnectionsMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getListConnectionsMethod = TokenBrokerServiceGrpc.getListConnectionsMethod) == null) {
          TokenBrokerServiceGrpc.getListConnectionsMethod = getListConnectionsMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.ListConnectionsRequest, tokenbroker.v1.ListConnectionsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListConnections"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.ListConnectionsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.ListConnectionsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("ListConnections"))
              .build();
        }
      }
    }
    return getListConnectionsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.WatchConnectionsRequest,
      tokenbroker.v1.WatchConnectionsResponse> getWatchConnectionsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "WatchConnections",
      requestType = tokenbroker.v1.WatchConnectionsRequest.class,
      responseType = tokenbroker.v1.WatchConnectionsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.WatchConnectionsRequest,
      tokenbroker.v1.WatchConnectionsResponse> getWatchConnectionsMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.WatchConnectionsRequest, tokenbroker.v1.WatchConnectionsResponse> getWatchConnectionsMethod;
    if ((getWatchConnectionsMethod = TokenBrokerServiceGrpc.getWatchConnectionsMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getWatchConnectionsMethod = TokenBrokerServiceGrpc.getWatchConnectionsMethod) == null) {
          TokenBrokerServiceGrpc.getWatchConnectionsMethod = getWatchConnectionsMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.WatchConnectionsRequest, tokenbroker.v1.WatchConnectionsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "WatchConnections"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.WatchConnectionsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.WatchConnectionsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("WatchConnections"))
              .build();
        }
      }
    }
    return getWatchConnectionsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.RevokeConnectionRequest,
      tokenbroker.v1.RevokeConnectionResponse> getRevokeConnectionMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RevokeConnection",
      requestType = tokenbroker.v1.RevokeConnectionRequest.class,
      responseType = tokenbroker.v1.RevokeConnectionResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.RevokeConnectionRequest,
      tokenbroker.v1.RevokeConnectionResponse> getRevokeConnectionMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.RevokeConnectionRequest, tokenbroker.v1.RevokeConnectionResponse> getRevokeConnectionMethod;
    if ((getRevokeConnectionMethod = TokenBrokerServiceGrpc.getRevokeConnectionMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getRevokeConnectionMethod = TokenBrokerServiceGrpc.getRevokeConnectionMethod) == null) {
          TokenBrokerServiceGrpc.getRevokeConnectionMethod = getRevokeConnectionMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.RevokeConnectionRequest, tokenbroker.v1.RevokeConnectionResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RevokeConnection"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.RevokeConnectionRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.RevokeConnectionResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("RevokeConnection"))
              .build();
        }
      }
    }
    return getRevokeConnectionMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.RegisterProviderRequest,
      tokenbroker.v1.RegisterProviderResponse> getRegisterProviderMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RegisterProvider",
      requestType = tokenbroker.v1.RegisterProviderRequest.class,
      responseType = tokenbroker.v1.RegisterProviderResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.RegisterProviderRequest,
      tokenbroker.v1.RegisterProviderResponse> getRegisterProviderMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.RegisterProviderRequest, tokenbroker.v1.RegisterProviderResponse> getRegisterProviderMethod;
    if ((getRegisterProviderMethod = TokenBrokerServiceGrpc.getRegisterProviderMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getRegisterProviderMethod = TokenBrokerServiceGrpc.getRegisterProviderMethod) == null) {
          TokenBrokerServiceGrpc.getRegisterProviderMethod = getRegisterProviderMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.RegisterProviderRequest, tokenbroker.v1.RegisterProviderResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RegisterProvider"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.RegisterProviderRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.RegisterProviderResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("RegisterProvider"))
              .build();
        }
      }
    }
    return getRegisterProviderMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.GetProviderRequest,
      tokenbroker.v1.GetProviderResponse> getGetProviderMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetProvider",
      requestType = tokenbroker.v1.GetProviderRequest.class,
      responseType = tokenbroker.v1.GetProviderResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.GetProviderRequest,
      tokenbroker.v1.GetProviderResponse> getGetProviderMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.GetProviderRequest, tokenbroker.v1.GetProviderResponse> getGetProviderMethod;
    if ((getGetProviderMethod = TokenBrokerServiceGrpc.getGetProviderMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getGetProviderMethod = TokenBrokerServiceGrpc.getGetProviderMethod) == null) {
          TokenBrokerServiceGrpc.getGetProviderMethod = getGetProviderMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.GetProviderRequest, tokenbroker.v1.GetProviderResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetProvider"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.GetProviderRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.GetProviderResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("GetProvider"))
              .build();
        }
      }
    }
    return getGetProviderMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.ListProvidersRequest,
      tokenbroker.v1.ListProvidersResponse> getListProvidersMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListProviders",
      requestType = tokenbroker.v1.ListProvidersRequest.class,
      responseType = tokenbroker.v1.ListProvidersResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.ListProvidersRequest,
      tokenbroker.v1.ListProvidersResponse> getListProvidersMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.ListProvidersRequest, tokenbroker.v1.ListProvidersResponse> getListProvidersMethod;
    if ((getListProvidersMethod = TokenBrokerServiceGrpc.getListProvidersMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getListProvidersMethod = TokenBrokerServiceGrpc.getListProvidersMethod) == null) {
          TokenBrokerServiceGrpc.getListProvidersMethod = getListProvidersMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.ListProvidersRequest, tokenbroker.v1.ListProvidersResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListProviders"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.ListProvidersRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.ListProvidersResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("ListProviders"))
              .build();
        }
      }
    }
    return getListProvidersMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.VerifyProviderRequest,
      tokenbroker.v1.VerifyProviderResponse> getVerifyProviderMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "VerifyProvider",
      requestType = tokenbroker.v1.VerifyProviderRequest.class,
      responseType = tokenbroker.v1.VerifyProviderResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.VerifyProviderRequest,
      tokenbroker.v1.VerifyProviderResponse> getVerifyProviderMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.VerifyProviderRequest, tokenbroker.v1.VerifyProviderResponse> getVerifyProviderMethod;
    if ((getVerifyProviderMethod = TokenBrokerServiceGrpc.getVerifyProviderMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getVerifyProviderMethod = TokenBrokerServiceGrpc.getVerifyProviderMethod) == null) {
          TokenBrokerServiceGrpc.getVerifyProviderMethod = getVerifyProviderMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.VerifyProviderRequest, tokenbroker.v1.VerifyProviderResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "VerifyProvider"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.VerifyProviderRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.VerifyProviderResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("VerifyProvider"))
              .build();
        }
      }
    }
    return getVerifyProviderMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.CheckMcpServerRequest,
      tokenbroker.v1.CheckMcpServerResponse> getCheckMcpServerMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CheckMcpServer",
      requestType = tokenbroker.v1.CheckMcpServerRequest.class,
      responseType = tokenbroker.v1.CheckMcpServerResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.CheckMcpServerRequest,
      tokenbroker.v1.CheckMcpServerResponse> getCheckMcpServerMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.CheckMcpServerRequest, tokenbroker.v1.CheckMcpServerResponse> getCheckMcpServerMethod;
    if ((getCheckMcpServerMethod = TokenBrokerServiceGrpc.getCheckMcpServerMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getCheckMcpServerMethod = TokenBrokerServiceGrpc.getCheckMcpServerMethod) == null) {
          TokenBrokerServiceGrpc.getCheckMcpServerMethod = getCheckMcpServerMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.CheckMcpServerRequest, tokenbroker.v1.CheckMcpServerResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CheckMcpServer"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.CheckMcpServerRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.CheckMcpServerResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("CheckMcpServer"))
              .build();
        }
      }
    }
    return getCheckMcpServerMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.AcquireTokenRequest,
      tokenbroker.v1.AcquireTokenResponse> getAcquireTokenMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "AcquireToken",
      requestType = tokenbroker.v1.AcquireTokenRequest.class,
      responseType = tokenbroker.v1.AcquireTokenResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.AcquireTokenRequest,
      tokenbroker.v1.AcquireTokenResponse> getAcquireTokenMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.AcquireTokenRequest, tokenbroker.v1.AcquireTokenResponse> getAcquireTokenMethod;
    if ((getAcquireTokenMethod = TokenBrokerServiceGrpc.getAcquireTokenMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getAcquireTokenMethod = TokenBrokerServiceGrpc.getAcquireTokenMethod) == null) {
          TokenBrokerServiceGrpc.getAcquireTokenMethod = getAcquireTokenMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.AcquireTokenRequest, tokenbroker.v1.AcquireTokenResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "AcquireToken"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.AcquireTokenRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.AcquireTokenResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("AcquireToken"))
              .build();
        }
      }
    }
    return getAcquireTokenMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.DeleteProviderRequest,
      tokenbroker.v1.DeleteProviderResponse> getDeleteProviderMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DeleteProvider",
      requestType = tokenbroker.v1.DeleteProviderRequest.class,
      responseType = tokenbroker.v1.DeleteProviderResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.DeleteProviderRequest,
      tokenbroker.v1.DeleteProviderResponse> getDeleteProviderMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.DeleteProviderRequest, tokenbroker.v1.DeleteProviderResponse> getDeleteProviderMethod;
    if ((getDeleteProviderMethod = TokenBrokerServiceGrpc.getDeleteProviderMethod) == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        if ((getDeleteProviderMethod = TokenBrokerServiceGrpc.getDeleteProviderMethod) == null) {
          TokenBrokerServiceGrpc.getDeleteProviderMethod = getDeleteProviderMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.DeleteProviderRequest, tokenbroker.v1.DeleteProviderResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DeleteProvider"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.DeleteProviderRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.DeleteProviderResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerServiceMethodDescriptorSupplier("DeleteProvider"))
              .build();
        }
      }
    }
    return getDeleteProviderMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static TokenBrokerServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TokenBrokerServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TokenBrokerServiceStub>() {
        @java.lang.Override
        public TokenBrokerServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TokenBrokerServiceStub(channel, callOptions);
        }
      };
    return TokenBrokerServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static TokenBrokerServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TokenBrokerServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TokenBrokerServiceBlockingV2Stub>() {
        @java.lang.Override
        public TokenBrokerServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TokenBrokerServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return TokenBrokerServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static TokenBrokerServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TokenBrokerServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TokenBrokerServiceBlockingStub>() {
        @java.lang.Override
        public TokenBrokerServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TokenBrokerServiceBlockingStub(channel, callOptions);
        }
      };
    return TokenBrokerServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static TokenBrokerServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TokenBrokerServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TokenBrokerServiceFutureStub>() {
        @java.lang.Override
        public TokenBrokerServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TokenBrokerServiceFutureStub(channel, callOptions);
        }
      };
    return TokenBrokerServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * Tokens, grants and providers: what consuming services, applications and operators call.
   * A grant is named by (namespace, connection_id, user_id, provider or mcp_server_url): fields 1 to 5 of every message that names one.
   * Errors are Connect/gRPC codes with google.rpc.ErrorInfo{reason, domain: "tokenbroker"}; `reason` is an ErrorReason without its prefix.
   * UNAVAILABLE carries google.rpc.RetryInfo; INVALID_ARGUMENT carries google.rpc.BadRequest where a field is wrong.
   * No method may be called with GET, and every answer is `Cache-Control: no-store`.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Begins the authorization code flow (RFC 6749 section 4.1, with PKCE) and answers the URL to open in the person's browser.
     * </pre>
     */
    default void startAuthorization(tokenbroker.v1.StartAuthorizationRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.StartAuthorizationResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getStartAuthorizationMethod(), responseObserver);
    }

    /**
     * <pre>
     * Redeems a parked authorization for the user of the application's own session. Repeating it answers the same.
     * </pre>
     */
    default void completeAuthorization(tokenbroker.v1.CompleteAuthorizationRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.CompleteAuthorizationResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCompleteAuthorizationMethod(), responseObserver);
    }

    /**
     * <pre>
     * How an authorization ended, or where it stands. `success=true` in a redirect is a hint; this is the proof.
     * </pre>
     */
    default void getAuthorization(tokenbroker.v1.GetAuthorizationRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.GetAuthorizationResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetAuthorizationMethod(), responseObserver);
    }

    /**
     * <pre>
     * An access token that works now. Refreshes ahead of expiry, once however many callers ask.
     * </pre>
     */
    default void getToken(tokenbroker.v1.GetTokenRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.GetTokenResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetTokenMethod(), responseObserver);
    }

    /**
     * <pre>
     * GetToken for up to 100 grants at once: the same order, and for each a token or the status that GetToken would have failed with.
     * What is ready when the deadline comes is answered; the rest says DEADLINE_EXCEEDED.
     * </pre>
     */
    default void batchGetTokens(tokenbroker.v1.BatchGetTokensRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.BatchGetTokensResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getBatchGetTokensMethod(), responseObserver);
    }

    /**
     * <pre>
     * One token from now on: its state first, then every new version, change of scopes, degradation, death and recovery. The latest wins where the
     * reader is slow. A watched token is refreshed ahead of expiry, used or not. Ends with UNAVAILABLE when this replica stops or the caller's right
     * ends: watch again with the last revision.
     * </pre>
     */
    default void watchToken(tokenbroker.v1.WatchTokenRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.WatchTokenResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getWatchTokenMethod(), responseObserver);
    }

    /**
     * <pre>
     * WatchToken for up to 500 grants on one stream.
     * </pre>
     */
    default void watchTokens(tokenbroker.v1.WatchTokensRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.WatchTokensResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getWatchTokensMethod(), responseObserver);
    }

    /**
     * <pre>
     * Refreshes now, whatever the remaining lifetime. Answers the connection, never a token.
     * </pre>
     */
    default void refreshToken(tokenbroker.v1.RefreshTokenRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.RefreshTokenResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRefreshTokenMethod(), responseObserver);
    }

    /**
     * <pre>
     * Stores tokens that were obtained elsewhere.
     * </pre>
     */
    default void importToken(tokenbroker.v1.ImportTokenRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.ImportTokenResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getImportTokenMethod(), responseObserver);
    }

    /**
     * <pre>
     * The state of one grant, without its secrets.
     * </pre>
     */
    default void getConnection(tokenbroker.v1.GetConnectionRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.GetConnectionResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetConnectionMethod(), responseObserver);
    }

    /**
     * <pre>
     * Grants of one namespace, newest last, paged.
     * </pre>
     */
    default void listConnections(tokenbroker.v1.ListConnectionsRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.ListConnectionsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListConnectionsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Every grant of one namespace that was made, changed or went, from now on or since a revision. The latest wins where several changes fall together.
     * Ends with UNAVAILABLE when this replica stops or the caller's right ends: watch again with the last revision.
     * </pre>
     */
    default void watchConnections(tokenbroker.v1.WatchConnectionsRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.WatchConnectionsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getWatchConnectionsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Ends a grant: here at once, at the provider as soon as it answers.
     * </pre>
     */
    default void revokeConnection(tokenbroker.v1.RevokeConnectionRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.RevokeConnectionResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRevokeConnectionMethod(), responseObserver);
    }

    /**
     * <pre>
     * Adds a provider (a registration) that every replica sees on its next call.
     * </pre>
     */
    default void registerProvider(tokenbroker.v1.RegisterProviderRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.RegisterProviderResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRegisterProviderMethod(), responseObserver);
    }

    /**
     * <pre>
     * One provider, active or not, with what is missing to activate it.
     * </pre>
     */
    default void getProvider(tokenbroker.v1.GetProviderRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.GetProviderResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetProviderMethod(), responseObserver);
    }

    /**
     * <pre>
     * Providers by name, filtered and paged: the catalog, and what environment, code and RegisterProvider added.
     * </pre>
     */
    default void listProviders(tokenbroker.v1.ListProvidersRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.ListProvidersResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListProvidersMethod(), responseObserver);
    }

    /**
     * <pre>
     * Asks an active provider's servers what they tell without a person: are the endpoints there, is the client known, is the redirect URI registered.
     * Each check comes with its meaning and cure; what the network does is a check's result and never an error.
     * </pre>
     */
    default void verifyProvider(tokenbroker.v1.VerifyProviderRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.VerifyProviderResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getVerifyProviderMethod(), responseObserver);
    }

    /**
     * <pre>
     * Whether and how an MCP server does OAuth, and why not. Registers nothing; what the network does is a result and never an error.
     * </pre>
     */
    default void checkMcpServer(tokenbroker.v1.CheckMcpServerRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.CheckMcpServerResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCheckMcpServerMethod(), responseObserver);
    }

    /**
     * <pre>
     * Obtains a token without a browser: client credentials, or the assertion of an enterprise's identity provider. GetToken has it afterwards.
     * </pre>
     */
    default void acquireToken(tokenbroker.v1.AcquireTokenRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.AcquireTokenResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getAcquireTokenMethod(), responseObserver);
    }

    /**
     * <pre>
     * Removes a provider that was registered by RPC.
     * </pre>
     */
    default void deleteProvider(tokenbroker.v1.DeleteProviderRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.DeleteProviderResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDeleteProviderMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service TokenBrokerService.
   * <pre>
   * Tokens, grants and providers: what consuming services, applications and operators call.
   * A grant is named by (namespace, connection_id, user_id, provider or mcp_server_url): fields 1 to 5 of every message that names one.
   * Errors are Connect/gRPC codes with google.rpc.ErrorInfo{reason, domain: "tokenbroker"}; `reason` is an ErrorReason without its prefix.
   * UNAVAILABLE carries google.rpc.RetryInfo; INVALID_ARGUMENT carries google.rpc.BadRequest where a field is wrong.
   * No method may be called with GET, and every answer is `Cache-Control: no-store`.
   * </pre>
   */
  public static abstract class TokenBrokerServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return TokenBrokerServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service TokenBrokerService.
   * <pre>
   * Tokens, grants and providers: what consuming services, applications and operators call.
   * A grant is named by (namespace, connection_id, user_id, provider or mcp_server_url): fields 1 to 5 of every message that names one.
   * Errors are Connect/gRPC codes with google.rpc.ErrorInfo{reason, domain: "tokenbroker"}; `reason` is an ErrorReason without its prefix.
   * UNAVAILABLE carries google.rpc.RetryInfo; INVALID_ARGUMENT carries google.rpc.BadRequest where a field is wrong.
   * No method may be called with GET, and every answer is `Cache-Control: no-store`.
   * </pre>
   */
  public static final class TokenBrokerServiceStub
      extends io.grpc.stub.AbstractAsyncStub<TokenBrokerServiceStub> {
    private TokenBrokerServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TokenBrokerServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TokenBrokerServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Begins the authorization code flow (RFC 6749 section 4.1, with PKCE) and answers the URL to open in the person's browser.
     * </pre>
     */
    public void startAuthorization(tokenbroker.v1.StartAuthorizationRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.StartAuthorizationResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getStartAuthorizationMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Redeems a parked authorization for the user of the application's own session. Repeating it answers the same.
     * </pre>
     */
    public void completeAuthorization(tokenbroker.v1.CompleteAuthorizationRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.CompleteAuthorizationResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCompleteAuthorizationMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * How an authorization ended, or where it stands. `success=true` in a redirect is a hint; this is the proof.
     * </pre>
     */
    public void getAuthorization(tokenbroker.v1.GetAuthorizationRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.GetAuthorizationResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetAuthorizationMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * An access token that works now. Refreshes ahead of expiry, once however many callers ask.
     * </pre>
     */
    public void getToken(tokenbroker.v1.GetTokenRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.GetTokenResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetTokenMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * GetToken for up to 100 grants at once: the same order, and for each a token or the status that GetToken would have failed with.
     * What is ready when the deadline comes is answered; the rest says DEADLINE_EXCEEDED.
     * </pre>
     */
    public void batchGetTokens(tokenbroker.v1.BatchGetTokensRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.BatchGetTokensResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getBatchGetTokensMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * One token from now on: its state first, then every new version, change of scopes, degradation, death and recovery. The latest wins where the
     * reader is slow. A watched token is refreshed ahead of expiry, used or not. Ends with UNAVAILABLE when this replica stops or the caller's right
     * ends: watch again with the last revision.
     * </pre>
     */
    public void watchToken(tokenbroker.v1.WatchTokenRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.WatchTokenResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getWatchTokenMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * WatchToken for up to 500 grants on one stream.
     * </pre>
     */
    public void watchTokens(tokenbroker.v1.WatchTokensRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.WatchTokensResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getWatchTokensMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Refreshes now, whatever the remaining lifetime. Answers the connection, never a token.
     * </pre>
     */
    public void refreshToken(tokenbroker.v1.RefreshTokenRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.RefreshTokenResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRefreshTokenMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Stores tokens that were obtained elsewhere.
     * </pre>
     */
    public void importToken(tokenbroker.v1.ImportTokenRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.ImportTokenResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getImportTokenMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * The state of one grant, without its secrets.
     * </pre>
     */
    public void getConnection(tokenbroker.v1.GetConnectionRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.GetConnectionResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetConnectionMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Grants of one namespace, newest last, paged.
     * </pre>
     */
    public void listConnections(tokenbroker.v1.ListConnectionsRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.ListConnectionsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListConnectionsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Every grant of one namespace that was made, changed or went, from now on or since a revision. The latest wins where several changes fall together.
     * Ends with UNAVAILABLE when this replica stops or the caller's right ends: watch again with the last revision.
     * </pre>
     */
    public void watchConnections(tokenbroker.v1.WatchConnectionsRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.WatchConnectionsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getWatchConnectionsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Ends a grant: here at once, at the provider as soon as it answers.
     * </pre>
     */
    public void revokeConnection(tokenbroker.v1.RevokeConnectionRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.RevokeConnectionResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRevokeConnectionMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Adds a provider (a registration) that every replica sees on its next call.
     * </pre>
     */
    public void registerProvider(tokenbroker.v1.RegisterProviderRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.RegisterProviderResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRegisterProviderMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * One provider, active or not, with what is missing to activate it.
     * </pre>
     */
    public void getProvider(tokenbroker.v1.GetProviderRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.GetProviderResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetProviderMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Providers by name, filtered and paged: the catalog, and what environment, code and RegisterProvider added.
     * </pre>
     */
    public void listProviders(tokenbroker.v1.ListProvidersRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.ListProvidersResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListProvidersMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Asks an active provider's servers what they tell without a person: are the endpoints there, is the client known, is the redirect URI registered.
     * Each check comes with its meaning and cure; what the network does is a check's result and never an error.
     * </pre>
     */
    public void verifyProvider(tokenbroker.v1.VerifyProviderRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.VerifyProviderResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getVerifyProviderMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Whether and how an MCP server does OAuth, and why not. Registers nothing; what the network does is a result and never an error.
     * </pre>
     */
    public void checkMcpServer(tokenbroker.v1.CheckMcpServerRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.CheckMcpServerResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCheckMcpServerMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Obtains a token without a browser: client credentials, or the assertion of an enterprise's identity provider. GetToken has it afterwards.
     * </pre>
     */
    public void acquireToken(tokenbroker.v1.AcquireTokenRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.AcquireTokenResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getAcquireTokenMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Removes a provider that was registered by RPC.
     * </pre>
     */
    public void deleteProvider(tokenbroker.v1.DeleteProviderRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.DeleteProviderResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDeleteProviderMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service TokenBrokerService.
   * <pre>
   * Tokens, grants and providers: what consuming services, applications and operators call.
   * A grant is named by (namespace, connection_id, user_id, provider or mcp_server_url): fields 1 to 5 of every message that names one.
   * Errors are Connect/gRPC codes with google.rpc.ErrorInfo{reason, domain: "tokenbroker"}; `reason` is an ErrorReason without its prefix.
   * UNAVAILABLE carries google.rpc.RetryInfo; INVALID_ARGUMENT carries google.rpc.BadRequest where a field is wrong.
   * No method may be called with GET, and every answer is `Cache-Control: no-store`.
   * </pre>
   */
  public static final class TokenBrokerServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<TokenBrokerServiceBlockingV2Stub> {
    private TokenBrokerServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TokenBrokerServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TokenBrokerServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Begins the authorization code flow (RFC 6749 section 4.1, with PKCE) and answers the URL to open in the person's browser.
     * </pre>
     */
    public tokenbroker.v1.StartAuthorizationResponse startAuthorization(tokenbroker.v1.StartAuthorizationRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getStartAuthorizationMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Redeems a parked authorization for the user of the application's own session. Repeating it answers the same.
     * </pre>
     */
    public tokenbroker.v1.CompleteAuthorizationResponse completeAuthorization(tokenbroker.v1.CompleteAuthorizationRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getCompleteAuthorizationMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * How an authorization ended, or where it stands. `success=true` in a redirect is a hint; this is the proof.
     * </pre>
     */
    public tokenbroker.v1.GetAuthorizationResponse getAuthorization(tokenbroker.v1.GetAuthorizationRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetAuthorizationMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * An access token that works now. Refreshes ahead of expiry, once however many callers ask.
     * </pre>
     */
    public tokenbroker.v1.GetTokenResponse getToken(tokenbroker.v1.GetTokenRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * GetToken for up to 100 grants at once: the same order, and for each a token or the status that GetToken would have failed with.
     * What is ready when the deadline comes is answered; the rest says DEADLINE_EXCEEDED.
     * </pre>
     */
    public tokenbroker.v1.BatchGetTokensResponse batchGetTokens(tokenbroker.v1.BatchGetTokensRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getBatchGetTokensMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * One token from now on: its state first, then every new version, change of scopes, degradation, death and recovery. The latest wins where the
     * reader is slow. A watched token is refreshed ahead of expiry, used or not. Ends with UNAVAILABLE when this replica stops or the caller's right
     * ends: watch again with the last revision.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<?, tokenbroker.v1.WatchTokenResponse>
        watchToken(tokenbroker.v1.WatchTokenRequest request) {
      return io.grpc.stub.ClientCalls.blockingV2ServerStreamingCall(
          getChannel(), getWatchTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * WatchToken for up to 500 grants on one stream.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<?, tokenbroker.v1.WatchTokensResponse>
        watchTokens(tokenbroker.v1.WatchTokensRequest request) {
      return io.grpc.stub.ClientCalls.blockingV2ServerStreamingCall(
          getChannel(), getWatchTokensMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Refreshes now, whatever the remaining lifetime. Answers the connection, never a token.
     * </pre>
     */
    public tokenbroker.v1.RefreshTokenResponse refreshToken(tokenbroker.v1.RefreshTokenRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRefreshTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Stores tokens that were obtained elsewhere.
     * </pre>
     */
    public tokenbroker.v1.ImportTokenResponse importToken(tokenbroker.v1.ImportTokenRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getImportTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The state of one grant, without its secrets.
     * </pre>
     */
    public tokenbroker.v1.GetConnectionResponse getConnection(tokenbroker.v1.GetConnectionRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetConnectionMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Grants of one namespace, newest last, paged.
     * </pre>
     */
    public tokenbroker.v1.ListConnectionsResponse listConnections(tokenbroker.v1.ListConnectionsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListConnectionsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Every grant of one namespace that was made, changed or went, from now on or since a revision. The latest wins where several changes fall together.
     * Ends with UNAVAILABLE when this replica stops or the caller's right ends: watch again with the last revision.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<?, tokenbroker.v1.WatchConnectionsResponse>
        watchConnections(tokenbroker.v1.WatchConnectionsRequest request) {
      return io.grpc.stub.ClientCalls.blockingV2ServerStreamingCall(
          getChannel(), getWatchConnectionsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends a grant: here at once, at the provider as soon as it answers.
     * </pre>
     */
    public tokenbroker.v1.RevokeConnectionResponse revokeConnection(tokenbroker.v1.RevokeConnectionRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRevokeConnectionMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Adds a provider (a registration) that every replica sees on its next call.
     * </pre>
     */
    public tokenbroker.v1.RegisterProviderResponse registerProvider(tokenbroker.v1.RegisterProviderRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRegisterProviderMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * One provider, active or not, with what is missing to activate it.
     * </pre>
     */
    public tokenbroker.v1.GetProviderResponse getProvider(tokenbroker.v1.GetProviderRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetProviderMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Providers by name, filtered and paged: the catalog, and what environment, code and RegisterProvider added.
     * </pre>
     */
    public tokenbroker.v1.ListProvidersResponse listProviders(tokenbroker.v1.ListProvidersRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListProvidersMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Asks an active provider's servers what they tell without a person: are the endpoints there, is the client known, is the redirect URI registered.
     * Each check comes with its meaning and cure; what the network does is a check's result and never an error.
     * </pre>
     */
    public tokenbroker.v1.VerifyProviderResponse verifyProvider(tokenbroker.v1.VerifyProviderRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getVerifyProviderMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Whether and how an MCP server does OAuth, and why not. Registers nothing; what the network does is a result and never an error.
     * </pre>
     */
    public tokenbroker.v1.CheckMcpServerResponse checkMcpServer(tokenbroker.v1.CheckMcpServerRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getCheckMcpServerMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Obtains a token without a browser: client credentials, or the assertion of an enterprise's identity provider. GetToken has it afterwards.
     * </pre>
     */
    public tokenbroker.v1.AcquireTokenResponse acquireToken(tokenbroker.v1.AcquireTokenRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getAcquireTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Removes a provider that was registered by RPC.
     * </pre>
     */
    public tokenbroker.v1.DeleteProviderResponse deleteProvider(tokenbroker.v1.DeleteProviderRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getDeleteProviderMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service TokenBrokerService.
   * <pre>
   * Tokens, grants and providers: what consuming services, applications and operators call.
   * A grant is named by (namespace, connection_id, user_id, provider or mcp_server_url): fields 1 to 5 of every message that names one.
   * Errors are Connect/gRPC codes with google.rpc.ErrorInfo{reason, domain: "tokenbroker"}; `reason` is an ErrorReason without its prefix.
   * UNAVAILABLE carries google.rpc.RetryInfo; INVALID_ARGUMENT carries google.rpc.BadRequest where a field is wrong.
   * No method may be called with GET, and every answer is `Cache-Control: no-store`.
   * </pre>
   */
  public static final class TokenBrokerServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<TokenBrokerServiceBlockingStub> {
    private TokenBrokerServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TokenBrokerServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TokenBrokerServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Begins the authorization code flow (RFC 6749 section 4.1, with PKCE) and answers the URL to open in the person's browser.
     * </pre>
     */
    public tokenbroker.v1.StartAuthorizationResponse startAuthorization(tokenbroker.v1.StartAuthorizationRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getStartAuthorizationMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Redeems a parked authorization for the user of the application's own session. Repeating it answers the same.
     * </pre>
     */
    public tokenbroker.v1.CompleteAuthorizationResponse completeAuthorization(tokenbroker.v1.CompleteAuthorizationRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCompleteAuthorizationMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * How an authorization ended, or where it stands. `success=true` in a redirect is a hint; this is the proof.
     * </pre>
     */
    public tokenbroker.v1.GetAuthorizationResponse getAuthorization(tokenbroker.v1.GetAuthorizationRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetAuthorizationMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * An access token that works now. Refreshes ahead of expiry, once however many callers ask.
     * </pre>
     */
    public tokenbroker.v1.GetTokenResponse getToken(tokenbroker.v1.GetTokenRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * GetToken for up to 100 grants at once: the same order, and for each a token or the status that GetToken would have failed with.
     * What is ready when the deadline comes is answered; the rest says DEADLINE_EXCEEDED.
     * </pre>
     */
    public tokenbroker.v1.BatchGetTokensResponse batchGetTokens(tokenbroker.v1.BatchGetTokensRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getBatchGetTokensMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * One token from now on: its state first, then every new version, change of scopes, degradation, death and recovery. The latest wins where the
     * reader is slow. A watched token is refreshed ahead of expiry, used or not. Ends with UNAVAILABLE when this replica stops or the caller's right
     * ends: watch again with the last revision.
     * </pre>
     */
    public java.util.Iterator<tokenbroker.v1.WatchTokenResponse> watchToken(
        tokenbroker.v1.WatchTokenRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getWatchTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * WatchToken for up to 500 grants on one stream.
     * </pre>
     */
    public java.util.Iterator<tokenbroker.v1.WatchTokensResponse> watchTokens(
        tokenbroker.v1.WatchTokensRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getWatchTokensMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Refreshes now, whatever the remaining lifetime. Answers the connection, never a token.
     * </pre>
     */
    public tokenbroker.v1.RefreshTokenResponse refreshToken(tokenbroker.v1.RefreshTokenRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRefreshTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Stores tokens that were obtained elsewhere.
     * </pre>
     */
    public tokenbroker.v1.ImportTokenResponse importToken(tokenbroker.v1.ImportTokenRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getImportTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The state of one grant, without its secrets.
     * </pre>
     */
    public tokenbroker.v1.GetConnectionResponse getConnection(tokenbroker.v1.GetConnectionRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetConnectionMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Grants of one namespace, newest last, paged.
     * </pre>
     */
    public tokenbroker.v1.ListConnectionsResponse listConnections(tokenbroker.v1.ListConnectionsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListConnectionsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Every grant of one namespace that was made, changed or went, from now on or since a revision. The latest wins where several changes fall together.
     * Ends with UNAVAILABLE when this replica stops or the caller's right ends: watch again with the last revision.
     * </pre>
     */
    public java.util.Iterator<tokenbroker.v1.WatchConnectionsResponse> watchConnections(
        tokenbroker.v1.WatchConnectionsRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getWatchConnectionsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends a grant: here at once, at the provider as soon as it answers.
     * </pre>
     */
    public tokenbroker.v1.RevokeConnectionResponse revokeConnection(tokenbroker.v1.RevokeConnectionRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRevokeConnectionMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Adds a provider (a registration) that every replica sees on its next call.
     * </pre>
     */
    public tokenbroker.v1.RegisterProviderResponse registerProvider(tokenbroker.v1.RegisterProviderRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRegisterProviderMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * One provider, active or not, with what is missing to activate it.
     * </pre>
     */
    public tokenbroker.v1.GetProviderResponse getProvider(tokenbroker.v1.GetProviderRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetProviderMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Providers by name, filtered and paged: the catalog, and what environment, code and RegisterProvider added.
     * </pre>
     */
    public tokenbroker.v1.ListProvidersResponse listProviders(tokenbroker.v1.ListProvidersRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListProvidersMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Asks an active provider's servers what they tell without a person: are the endpoints there, is the client known, is the redirect URI registered.
     * Each check comes with its meaning and cure; what the network does is a check's result and never an error.
     * </pre>
     */
    public tokenbroker.v1.VerifyProviderResponse verifyProvider(tokenbroker.v1.VerifyProviderRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getVerifyProviderMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Whether and how an MCP server does OAuth, and why not. Registers nothing; what the network does is a result and never an error.
     * </pre>
     */
    public tokenbroker.v1.CheckMcpServerResponse checkMcpServer(tokenbroker.v1.CheckMcpServerRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCheckMcpServerMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Obtains a token without a browser: client credentials, or the assertion of an enterprise's identity provider. GetToken has it afterwards.
     * </pre>
     */
    public tokenbroker.v1.AcquireTokenResponse acquireToken(tokenbroker.v1.AcquireTokenRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getAcquireTokenMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Removes a provider that was registered by RPC.
     * </pre>
     */
    public tokenbroker.v1.DeleteProviderResponse deleteProvider(tokenbroker.v1.DeleteProviderRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDeleteProviderMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service TokenBrokerService.
   * <pre>
   * Tokens, grants and providers: what consuming services, applications and operators call.
   * A grant is named by (namespace, connection_id, user_id, provider or mcp_server_url): fields 1 to 5 of every message that names one.
   * Errors are Connect/gRPC codes with google.rpc.ErrorInfo{reason, domain: "tokenbroker"}; `reason` is an ErrorReason without its prefix.
   * UNAVAILABLE carries google.rpc.RetryInfo; INVALID_ARGUMENT carries google.rpc.BadRequest where a field is wrong.
   * No method may be called with GET, and every answer is `Cache-Control: no-store`.
   * </pre>
   */
  public static final class TokenBrokerServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<TokenBrokerServiceFutureStub> {
    private TokenBrokerServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TokenBrokerServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TokenBrokerServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Begins the authorization code flow (RFC 6749 section 4.1, with PKCE) and answers the URL to open in the person's browser.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.StartAuthorizationResponse> startAuthorization(
        tokenbroker.v1.StartAuthorizationRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getStartAuthorizationMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Redeems a parked authorization for the user of the application's own session. Repeating it answers the same.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.CompleteAuthorizationResponse> completeAuthorization(
        tokenbroker.v1.CompleteAuthorizationRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCompleteAuthorizationMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * How an authorization ended, or where it stands. `success=true` in a redirect is a hint; this is the proof.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.GetAuthorizationResponse> getAuthorization(
        tokenbroker.v1.GetAuthorizationRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetAuthorizationMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * An access token that works now. Refreshes ahead of expiry, once however many callers ask.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.GetTokenResponse> getToken(
        tokenbroker.v1.GetTokenRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetTokenMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * GetToken for up to 100 grants at once: the same order, and for each a token or the status that GetToken would have failed with.
     * What is ready when the deadline comes is answered; the rest says DEADLINE_EXCEEDED.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.BatchGetTokensResponse> batchGetTokens(
        tokenbroker.v1.BatchGetTokensRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getBatchGetTokensMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Refreshes now, whatever the remaining lifetime. Answers the connection, never a token.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.RefreshTokenResponse> refreshToken(
        tokenbroker.v1.RefreshTokenRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRefreshTokenMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Stores tokens that were obtained elsewhere.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.ImportTokenResponse> importToken(
        tokenbroker.v1.ImportTokenRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getImportTokenMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * The state of one grant, without its secrets.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.GetConnectionResponse> getConnection(
        tokenbroker.v1.GetConnectionRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetConnectionMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Grants of one namespace, newest last, paged.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.ListConnectionsResponse> listConnections(
        tokenbroker.v1.ListConnectionsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListConnectionsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Ends a grant: here at once, at the provider as soon as it answers.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.RevokeConnectionResponse> revokeConnection(
        tokenbroker.v1.RevokeConnectionRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRevokeConnectionMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Adds a provider (a registration) that every replica sees on its next call.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.RegisterProviderResponse> registerProvider(
        tokenbroker.v1.RegisterProviderRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRegisterProviderMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * One provider, active or not, with what is missing to activate it.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.GetProviderResponse> getProvider(
        tokenbroker.v1.GetProviderRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetProviderMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Providers by name, filtered and paged: the catalog, and what environment, code and RegisterProvider added.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.ListProvidersResponse> listProviders(
        tokenbroker.v1.ListProvidersRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListProvidersMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Asks an active provider's servers what they tell without a person: are the endpoints there, is the client known, is the redirect URI registered.
     * Each check comes with its meaning and cure; what the network does is a check's result and never an error.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.VerifyProviderResponse> verifyProvider(
        tokenbroker.v1.VerifyProviderRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getVerifyProviderMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Whether and how an MCP server does OAuth, and why not. Registers nothing; what the network does is a result and never an error.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.CheckMcpServerResponse> checkMcpServer(
        tokenbroker.v1.CheckMcpServerRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCheckMcpServerMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Obtains a token without a browser: client credentials, or the assertion of an enterprise's identity provider. GetToken has it afterwards.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.AcquireTokenResponse> acquireToken(
        tokenbroker.v1.AcquireTokenRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getAcquireTokenMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Removes a provider that was registered by RPC.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.DeleteProviderResponse> deleteProvider(
        tokenbroker.v1.DeleteProviderRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDeleteProviderMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_START_AUTHORIZATION = 0;
  private static final int METHODID_COMPLETE_AUTHORIZATION = 1;
  private static final int METHODID_GET_AUTHORIZATION = 2;
  private static final int METHODID_GET_TOKEN = 3;
  private static final int METHODID_BATCH_GET_TOKENS = 4;
  private static final int METHODID_WATCH_TOKEN = 5;
  private static final int METHODID_WATCH_TOKENS = 6;
  private static final int METHODID_REFRESH_TOKEN = 7;
  private static final int METHODID_IMPORT_TOKEN = 8;
  private static final int METHODID_GET_CONNECTION = 9;
  private static final int METHODID_LIST_CONNECTIONS = 10;
  private static final int METHODID_WATCH_CONNECTIONS = 11;
  private static final int METHODID_REVOKE_CONNECTION = 12;
  private static final int METHODID_REGISTER_PROVIDER = 13;
  private static final int METHODID_GET_PROVIDER = 14;
  private static final int METHODID_LIST_PROVIDERS = 15;
  private static final int METHODID_VERIFY_PROVIDER = 16;
  private static final int METHODID_CHECK_MCP_SERVER = 17;
  private static final int METHODID_ACQUIRE_TOKEN = 18;
  private static final int METHODID_DELETE_PROVIDER = 19;

  private static final class MethodHandlers<Req, Resp> implements
      io.grpc.stub.ServerCalls.UnaryMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.ServerStreamingMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.ClientStreamingMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.BidiStreamingMethod<Req, Resp> {
    private final AsyncService serviceImpl;
    private final int methodId;

    MethodHandlers(AsyncService serviceImpl, int methodId) {
      this.serviceImpl = serviceImpl;
      this.methodId = methodId;
    }

    @java.lang.Override
    @java.lang.SuppressWarnings("unchecked")
    public void invoke(Req request, io.grpc.stub.StreamObserver<Resp> responseObserver) {
      switch (methodId) {
        case METHODID_START_AUTHORIZATION:
          serviceImpl.startAuthorization((tokenbroker.v1.StartAuthorizationRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.StartAuthorizationResponse>) responseObserver);
          break;
        case METHODID_COMPLETE_AUTHORIZATION:
          serviceImpl.completeAuthorization((tokenbroker.v1.CompleteAuthorizationRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.CompleteAuthorizationResponse>) responseObserver);
          break;
        case METHODID_GET_AUTHORIZATION:
          serviceImpl.getAuthorization((tokenbroker.v1.GetAuthorizationRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.GetAuthorizationResponse>) responseObserver);
          break;
        case METHODID_GET_TOKEN:
          serviceImpl.getToken((tokenbroker.v1.GetTokenRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.GetTokenResponse>) responseObserver);
          break;
        case METHODID_BATCH_GET_TOKENS:
          serviceImpl.batchGetTokens((tokenbroker.v1.BatchGetTokensRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.BatchGetTokensResponse>) responseObserver);
          break;
        case METHODID_WATCH_TOKEN:
          serviceImpl.watchToken((tokenbroker.v1.WatchTokenRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.WatchTokenResponse>) responseObserver);
          break;
        case METHODID_WATCH_TOKENS:
          serviceImpl.watchTokens((tokenbroker.v1.WatchTokensRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.WatchTokensResponse>) responseObserver);
          break;
        case METHODID_REFRESH_TOKEN:
          serviceImpl.refreshToken((tokenbroker.v1.RefreshTokenRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.RefreshTokenResponse>) responseObserver);
          break;
        case METHODID_IMPORT_TOKEN:
          serviceImpl.importToken((tokenbroker.v1.ImportTokenRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.ImportTokenResponse>) responseObserver);
          break;
        case METHODID_GET_CONNECTION:
          serviceImpl.getConnection((tokenbroker.v1.GetConnectionRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.GetConnectionResponse>) responseObserver);
          break;
        case METHODID_LIST_CONNECTIONS:
          serviceImpl.listConnections((tokenbroker.v1.ListConnectionsRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.ListConnectionsResponse>) responseObserver);
          break;
        case METHODID_WATCH_CONNECTIONS:
          serviceImpl.watchConnections((tokenbroker.v1.WatchConnectionsRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.WatchConnectionsResponse>) responseObserver);
          break;
        case METHODID_REVOKE_CONNECTION:
          serviceImpl.revokeConnection((tokenbroker.v1.RevokeConnectionRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.RevokeConnectionResponse>) responseObserver);
          break;
        case METHODID_REGISTER_PROVIDER:
          serviceImpl.registerProvider((tokenbroker.v1.RegisterProviderRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.RegisterProviderResponse>) responseObserver);
          break;
        case METHODID_GET_PROVIDER:
          serviceImpl.getProvider((tokenbroker.v1.GetProviderRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.GetProviderResponse>) responseObserver);
          break;
        case METHODID_LIST_PROVIDERS:
          serviceImpl.listProviders((tokenbroker.v1.ListProvidersRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.ListProvidersResponse>) responseObserver);
          break;
        case METHODID_VERIFY_PROVIDER:
          serviceImpl.verifyProvider((tokenbroker.v1.VerifyProviderRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.VerifyProviderResponse>) responseObserver);
          break;
        case METHODID_CHECK_MCP_SERVER:
          serviceImpl.checkMcpServer((tokenbroker.v1.CheckMcpServerRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.CheckMcpServerResponse>) responseObserver);
          break;
        case METHODID_ACQUIRE_TOKEN:
          serviceImpl.acquireToken((tokenbroker.v1.AcquireTokenRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.AcquireTokenResponse>) responseObserver);
          break;
        case METHODID_DELETE_PROVIDER:
          serviceImpl.deleteProvider((tokenbroker.v1.DeleteProviderRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.DeleteProviderResponse>) responseObserver);
          break;
        default:
          throw new AssertionError();
      }
    }

    @java.lang.Override
    @java.lang.SuppressWarnings("unchecked")
    public io.grpc.stub.StreamObserver<Req> invoke(
        io.grpc.stub.StreamObserver<Resp> responseObserver) {
      switch (methodId) {
        default:
          throw new AssertionError();
      }
    }
  }

  public static final io.grpc.ServerServiceDefinition bindService(AsyncService service) {
    return io.grpc.ServerServiceDefinition.builder(getServiceDescriptor())
        .addMethod(
          getStartAuthorizationMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.StartAuthorizationRequest,
              tokenbroker.v1.StartAuthorizationResponse>(
                service, METHODID_START_AUTHORIZATION)))
        .addMethod(
          getCompleteAuthorizationMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.CompleteAuthorizationRequest,
              tokenbroker.v1.CompleteAuthorizationResponse>(
                service, METHODID_COMPLETE_AUTHORIZATION)))
        .addMethod(
          getGetAuthorizationMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.GetAuthorizationRequest,
              tokenbroker.v1.GetAuthorizationResponse>(
                service, METHODID_GET_AUTHORIZATION)))
        .addMethod(
          getGetTokenMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.GetTokenRequest,
              tokenbroker.v1.GetTokenResponse>(
                service, METHODID_GET_TOKEN)))
        .addMethod(
          getBatchGetTokensMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.BatchGetTokensRequest,
              tokenbroker.v1.BatchGetTokensResponse>(
                service, METHODID_BATCH_GET_TOKENS)))
        .addMethod(
          getWatchTokenMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              tokenbroker.v1.WatchTokenRequest,
              tokenbroker.v1.WatchTokenResponse>(
                service, METHODID_WATCH_TOKEN)))
        .addMethod(
          getWatchTokensMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              tokenbroker.v1.WatchTokensRequest,
              tokenbroker.v1.WatchTokensResponse>(
                service, METHODID_WATCH_TOKENS)))
        .addMethod(
          getRefreshTokenMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.RefreshTokenRequest,
              tokenbroker.v1.RefreshTokenResponse>(
                service, METHODID_REFRESH_TOKEN)))
        .addMethod(
          getImportTokenMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.ImportTokenRequest,
              tokenbroker.v1.ImportTokenResponse>(
                service, METHODID_IMPORT_TOKEN)))
        .addMethod(
          getGetConnectionMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.GetConnectionRequest,
              tokenbroker.v1.GetConnectionResponse>(
                service, METHODID_GET_CONNECTION)))
        .addMethod(
          getListConnectionsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.ListConnectionsRequest,
              tokenbroker.v1.ListConnectionsResponse>(
                service, METHODID_LIST_CONNECTIONS)))
        .addMethod(
          getWatchConnectionsMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              tokenbroker.v1.WatchConnectionsRequest,
              tokenbroker.v1.WatchConnectionsResponse>(
                service, METHODID_WATCH_CONNECTIONS)))
        .addMethod(
          getRevokeConnectionMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.RevokeConnectionRequest,
              tokenbroker.v1.RevokeConnectionResponse>(
                service, METHODID_REVOKE_CONNECTION)))
        .addMethod(
          getRegisterProviderMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.RegisterProviderRequest,
              tokenbroker.v1.RegisterProviderResponse>(
                service, METHODID_REGISTER_PROVIDER)))
        .addMethod(
          getGetProviderMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.GetProviderRequest,
              tokenbroker.v1.GetProviderResponse>(
                service, METHODID_GET_PROVIDER)))
        .addMethod(
          getListProvidersMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.ListProvidersRequest,
              tokenbroker.v1.ListProvidersResponse>(
                service, METHODID_LIST_PROVIDERS)))
        .addMethod(
          getVerifyProviderMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.VerifyProviderRequest,
              tokenbroker.v1.VerifyProviderResponse>(
                service, METHODID_VERIFY_PROVIDER)))
        .addMethod(
          getCheckMcpServerMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.CheckMcpServerRequest,
              tokenbroker.v1.CheckMcpServerResponse>(
                service, METHODID_CHECK_MCP_SERVER)))
        .addMethod(
          getAcquireTokenMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.AcquireTokenRequest,
              tokenbroker.v1.AcquireTokenResponse>(
                service, METHODID_ACQUIRE_TOKEN)))
        .addMethod(
          getDeleteProviderMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.DeleteProviderRequest,
              tokenbroker.v1.DeleteProviderResponse>(
                service, METHODID_DELETE_PROVIDER)))
        .build();
  }

  private static abstract class TokenBrokerServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    TokenBrokerServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return tokenbroker.v1.TokenBrokerServiceProto.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("TokenBrokerService");
    }
  }

  private static final class TokenBrokerServiceFileDescriptorSupplier
      extends TokenBrokerServiceBaseDescriptorSupplier {
    TokenBrokerServiceFileDescriptorSupplier() {}
  }

  private static final class TokenBrokerServiceMethodDescriptorSupplier
      extends TokenBrokerServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    TokenBrokerServiceMethodDescriptorSupplier(java.lang.String methodName) {
      this.methodName = methodName;
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.MethodDescriptor getMethodDescriptor() {
      return getServiceDescriptor().findMethodByName(methodName);
    }
  }

  private static volatile io.grpc.ServiceDescriptor serviceDescriptor;

  public static io.grpc.ServiceDescriptor getServiceDescriptor() {
    io.grpc.ServiceDescriptor result = serviceDescriptor;
    if (result == null) {
      synchronized (TokenBrokerServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new TokenBrokerServiceFileDescriptorSupplier())
              .addMethod(getStartAuthorizationMethod())
              .addMethod(getCompleteAuthorizationMethod())
              .addMethod(getGetAuthorizationMethod())
              .addMethod(getGetTokenMethod())
              .addMethod(getBatchGetTokensMethod())
              .addMethod(getWatchTokenMethod())
              .addMethod(getWatchTokensMethod())
              .addMethod(getRefreshTokenMethod())
              .addMethod(getImportTokenMethod())
              .addMethod(getGetConnectionMethod())
              .addMethod(getListConnectionsMethod())
              .addMethod(getWatchConnectionsMethod())
              .addMethod(getRevokeConnectionMethod())
              .addMethod(getRegisterProviderMethod())
              .addMethod(getGetProviderMethod())
              .addMethod(getListProvidersMethod())
              .addMethod(getVerifyProviderMethod())
              .addMethod(getCheckMcpServerMethod())
              .addMethod(getAcquireTokenMethod())
              .addMethod(getDeleteProviderMethod())
              .build();
        }
      }
    }
    return result;
  }
}
