package tokenbroker.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * What operators call.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class TokenBrokerAdminServiceGrpc {

  private TokenBrokerAdminServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "tokenbroker.v1.TokenBrokerAdminService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.RegisterOAuthClientRequest,
      tokenbroker.v1.RegisterOAuthClientResponse> getRegisterOAuthClientMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RegisterOAuthClient",
      requestType = tokenbroker.v1.RegisterOAuthClientRequest.class,
      responseType = tokenbroker.v1.RegisterOAuthClientResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.RegisterOAuthClientRequest,
      tokenbroker.v1.RegisterOAuthClientResponse> getRegisterOAuthClientMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.RegisterOAuthClientRequest, tokenbroker.v1.RegisterOAuthClientResponse> getRegisterOAuthClientMethod;
    if ((getRegisterOAuthClientMethod = TokenBrokerAdminServiceGrpc.getRegisterOAuthClientMethod) == null) {
      synchronized (TokenBrokerAdminServiceGrpc.class) {
        if ((getRegisterOAuthClientMethod = TokenBrokerAdminServiceGrpc.getRegisterOAuthClientMethod) == null) {
          TokenBrokerAdminServiceGrpc.getRegisterOAuthClientMethod = getRegisterOAuthClientMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.RegisterOAuthClientRequest, tokenbroker.v1.RegisterOAuthClientResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RegisterOAuthClient"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.RegisterOAuthClientRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.RegisterOAuthClientResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerAdminServiceMethodDescriptorSupplier("RegisterOAuthClient"))
              .build();
        }
      }
    }
    return getRegisterOAuthClientMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.ListOAuthClientsRequest,
      tokenbroker.v1.ListOAuthClientsResponse> getListOAuthClientsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListOAuthClients",
      requestType = tokenbroker.v1.ListOAuthClientsRequest.class,
      responseType = tokenbroker.v1.ListOAuthClientsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.ListOAuthClientsRequest,
      tokenbroker.v1.ListOAuthClientsResponse> getListOAuthClientsMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.ListOAuthClientsRequest, tokenbroker.v1.ListOAuthClientsResponse> getListOAuthClientsMethod;
    if ((getListOAuthClientsMethod = TokenBrokerAdminServiceGrpc.getListOAuthClientsMethod) == null) {
      synchronized (TokenBrokerAdminServiceGrpc.class) {
        if ((getListOAuthClientsMethod = TokenBrokerAdminServiceGrpc.getListOAuthClientsMethod) == null) {
          TokenBrokerAdminServiceGrpc.getListOAuthClientsMethod = getListOAuthClientsMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.ListOAuthClientsRequest, tokenbroker.v1.ListOAuthClientsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListOAuthClients"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.ListOAuthClientsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.ListOAuthClientsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerAdminServiceMethodDescriptorSupplier("ListOAuthClients"))
              .build();
        }
      }
    }
    return getListOAuthClientsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.DeleteOAuthClientRequest,
      tokenbroker.v1.DeleteOAuthClientResponse> getDeleteOAuthClientMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DeleteOAuthClient",
      requestType = tokenbroker.v1.DeleteOAuthClientRequest.class,
      responseType = tokenbroker.v1.DeleteOAuthClientResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.DeleteOAuthClientRequest,
      tokenbroker.v1.DeleteOAuthClientResponse> getDeleteOAuthClientMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.DeleteOAuthClientRequest, tokenbroker.v1.DeleteOAuthClientResponse> getDeleteOAuthClientMethod;
    if ((getDeleteOAuthClientMethod = TokenBrokerAdminServiceGrpc.getDeleteOAuthClientMethod) == null) {
      synchronized (TokenBrokerAdminServiceGrpc.class) {
        if ((getDeleteOAuthClientMethod = TokenBrokerAdminServiceGrpc.getDeleteOAuthClientMethod) == null) {
          TokenBrokerAdminServiceGrpc.getDeleteOAuthClientMethod = getDeleteOAuthClientMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.DeleteOAuthClientRequest, tokenbroker.v1.DeleteOAuthClientResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DeleteOAuthClient"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.DeleteOAuthClientRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.DeleteOAuthClientResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerAdminServiceMethodDescriptorSupplier("DeleteOAuthClient"))
              .build();
        }
      }
    }
    return getDeleteOAuthClientMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.RotateKeysRequest,
      tokenbroker.v1.RotateKeysResponse> getRotateKeysMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RotateKeys",
      requestType = tokenbroker.v1.RotateKeysRequest.class,
      responseType = tokenbroker.v1.RotateKeysResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.RotateKeysRequest,
      tokenbroker.v1.RotateKeysResponse> getRotateKeysMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.RotateKeysRequest, tokenbroker.v1.RotateKeysResponse> getRotateKeysMethod;
    if ((getRotateKeysMethod = TokenBrokerAdminServiceGrpc.getRotateKeysMethod) == null) {
      synchronized (TokenBrokerAdminServiceGrpc.class) {
        if ((getRotateKeysMethod = TokenBrokerAdminServiceGrpc.getRotateKeysMethod) == null) {
          TokenBrokerAdminServiceGrpc.getRotateKeysMethod = getRotateKeysMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.RotateKeysRequest, tokenbroker.v1.RotateKeysResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RotateKeys"))
              .setIdempotent(true)
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.RotateKeysRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.RotateKeysResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerAdminServiceMethodDescriptorSupplier("RotateKeys"))
              .build();
        }
      }
    }
    return getRotateKeysMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.GetKeyStatusRequest,
      tokenbroker.v1.GetKeyStatusResponse> getGetKeyStatusMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetKeyStatus",
      requestType = tokenbroker.v1.GetKeyStatusRequest.class,
      responseType = tokenbroker.v1.GetKeyStatusResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.GetKeyStatusRequest,
      tokenbroker.v1.GetKeyStatusResponse> getGetKeyStatusMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.GetKeyStatusRequest, tokenbroker.v1.GetKeyStatusResponse> getGetKeyStatusMethod;
    if ((getGetKeyStatusMethod = TokenBrokerAdminServiceGrpc.getGetKeyStatusMethod) == null) {
      synchronized (TokenBrokerAdminServiceGrpc.class) {
        if ((getGetKeyStatusMethod = TokenBrokerAdminServiceGrpc.getGetKeyStatusMethod) == null) {
          TokenBrokerAdminServiceGrpc.getGetKeyStatusMethod = getGetKeyStatusMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.GetKeyStatusRequest, tokenbroker.v1.GetKeyStatusResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetKeyStatus"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.GetKeyStatusRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.GetKeyStatusResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerAdminServiceMethodDescriptorSupplier("GetKeyStatus"))
              .build();
        }
      }
    }
    return getGetKeyStatusMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.BlockConnectionsRequest,
      tokenbroker.v1.BlockConnectionsResponse> getBlockConnectionsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "BlockConnections",
      requestType = tokenbroker.v1.BlockConnectionsRequest.class,
      responseType = tokenbroker.v1.BlockConnectionsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.BlockConnectionsRequest,
      tokenbroker.v1.BlockConnectionsResponse> getBlockConnectionsMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.BlockConnectionsRequest, tokenbroker.v1.BlockConnectionsResponse> getBlockConnectionsMethod;
    if ((getBlockConnectionsMethod = TokenBrokerAdminServiceGrpc.getBlockConnectionsMethod) == null) {
      synchronized (TokenBrokerAdminServiceGrpc.class) {
        if ((getBlockConnectionsMethod = TokenBrokerAdminServiceGrpc.getBlockConnectionsMethod) == null) {
          TokenBrokerAdminServiceGrpc.getBlockConnectionsMethod = getBlockConnectionsMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.BlockConnectionsRequest, tokenbroker.v1.BlockConnectionsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "BlockConnections"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.BlockConnectionsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.BlockConnectionsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerAdminServiceMethodDescriptorSupplier("BlockConnections"))
              .build();
        }
      }
    }
    return getBlockConnectionsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.UnblockConnectionsRequest,
      tokenbroker.v1.UnblockConnectionsResponse> getUnblockConnectionsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "UnblockConnections",
      requestType = tokenbroker.v1.UnblockConnectionsRequest.class,
      responseType = tokenbroker.v1.UnblockConnectionsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.UnblockConnectionsRequest,
      tokenbroker.v1.UnblockConnectionsResponse> getUnblockConnectionsMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.UnblockConnectionsRequest, tokenbroker.v1.UnblockConnectionsResponse> getUnblockConnectionsMethod;
    if ((getUnblockConnectionsMethod = TokenBrokerAdminServiceGrpc.getUnblockConnectionsMethod) == null) {
      synchronized (TokenBrokerAdminServiceGrpc.class) {
        if ((getUnblockConnectionsMethod = TokenBrokerAdminServiceGrpc.getUnblockConnectionsMethod) == null) {
          TokenBrokerAdminServiceGrpc.getUnblockConnectionsMethod = getUnblockConnectionsMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.UnblockConnectionsRequest, tokenbroker.v1.UnblockConnectionsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "UnblockConnections"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.UnblockConnectionsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.UnblockConnectionsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerAdminServiceMethodDescriptorSupplier("UnblockConnections"))
              .build();
        }
      }
    }
    return getUnblockConnectionsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.RevokeConnectionsRequest,
      tokenbroker.v1.RevokeConnectionsResponse> getRevokeConnectionsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "RevokeConnections",
      requestType = tokenbroker.v1.RevokeConnectionsRequest.class,
      responseType = tokenbroker.v1.RevokeConnectionsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.RevokeConnectionsRequest,
      tokenbroker.v1.RevokeConnectionsResponse> getRevokeConnectionsMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.RevokeConnectionsRequest, tokenbroker.v1.RevokeConnectionsResponse> getRevokeConnectionsMethod;
    if ((getRevokeConnectionsMethod = TokenBrokerAdminServiceGrpc.getRevokeConnectionsMethod) == null) {
      synchronized (TokenBrokerAdminServiceGrpc.class) {
        if ((getRevokeConnectionsMethod = TokenBrokerAdminServiceGrpc.getRevokeConnectionsMethod) == null) {
          TokenBrokerAdminServiceGrpc.getRevokeConnectionsMethod = getRevokeConnectionsMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.RevokeConnectionsRequest, tokenbroker.v1.RevokeConnectionsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "RevokeConnections"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.RevokeConnectionsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.RevokeConnectionsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerAdminServiceMethodDescriptorSupplier("RevokeConnections"))
              .build();
        }
      }
    }
    return getRevokeConnectionsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.ListAuditEventsRequest,
      tokenbroker.v1.ListAuditEventsResponse> getListAuditEventsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListAuditEvents",
      requestType = tokenbroker.v1.ListAuditEventsRequest.class,
      responseType = tokenbroker.v1.ListAuditEventsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.ListAuditEventsRequest,
      tokenbroker.v1.ListAuditEventsResponse> getListAuditEventsMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.ListAuditEventsRequest, tokenbroker.v1.ListAuditEventsResponse> getListAuditEventsMethod;
    if ((getListAuditEventsMethod = TokenBrokerAdminServiceGrpc.getListAuditEventsMethod) == null) {
      synchronized (TokenBrokerAdminServiceGrpc.class) {
        if ((getListAuditEventsMethod = TokenBrokerAdminServiceGrpc.getListAuditEventsMethod) == null) {
          TokenBrokerAdminServiceGrpc.getListAuditEventsMethod = getListAuditEventsMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.ListAuditEventsRequest, tokenbroker.v1.ListAuditEventsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListAuditEvents"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.ListAuditEventsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.ListAuditEventsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerAdminServiceMethodDescriptorSupplier("ListAuditEvents"))
              .build();
        }
      }
    }
    return getListAuditEventsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.ExplainAccessRequest,
      tokenbroker.v1.ExplainAccessResponse> getExplainAccessMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ExplainAccess",
      requestType = tokenbroker.v1.ExplainAccessRequest.class,
      responseType = tokenbroker.v1.ExplainAccessResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.ExplainAccessRequest,
      tokenbroker.v1.ExplainAccessResponse> getExplainAccessMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.ExplainAccessRequest, tokenbroker.v1.ExplainAccessResponse> getExplainAccessMethod;
    if ((getExplainAccessMethod = TokenBrokerAdminServiceGrpc.getExplainAccessMethod) == null) {
      synchronized (TokenBrokerAdminServiceGrpc.class) {
        if ((getExplainAccessMethod = TokenBrokerAdminServiceGrpc.getExplainAccessMethod) == null) {
          TokenBrokerAdminServiceGrpc.getExplainAccessMethod = getExplainAccessMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.ExplainAccessRequest, tokenbroker.v1.ExplainAccessResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ExplainAccess"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.ExplainAccessRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.ExplainAccessResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerAdminServiceMethodDescriptorSupplier("ExplainAccess"))
              .build();
        }
      }
    }
    return getExplainAccessMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static TokenBrokerAdminServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TokenBrokerAdminServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TokenBrokerAdminServiceStub>() {
        @java.lang.Override
        public TokenBrokerAdminServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TokenBrokerAdminServiceStub(channel, callOptions);
        }
      };
    return TokenBrokerAdminServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static TokenBrokerAdminServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TokenBrokerAdminServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TokenBrokerAdminServiceBlockingV2Stub>() {
        @java.lang.Override
        public TokenBrokerAdminServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TokenBrokerAdminServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return TokenBrokerAdminServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static TokenBrokerAdminServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TokenBrokerAdminServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TokenBrokerAdminServiceBlockingStub>() {
        @java.lang.Override
        public TokenBrokerAdminServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TokenBrokerAdminServiceBlockingStub(channel, callOptions);
        }
      };
    return TokenBrokerAdminServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static TokenBrokerAdminServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TokenBrokerAdminServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TokenBrokerAdminServiceFutureStub>() {
        @java.lang.Override
        public TokenBrokerAdminServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TokenBrokerAdminServiceFutureStub(channel, callOptions);
        }
      };
    return TokenBrokerAdminServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * What operators call.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Stores a client that was registered by hand at an authorization server, for the MCP servers behind it. It goes before every other way to a client.
     * </pre>
     */
    default void registerOAuthClient(tokenbroker.v1.RegisterOAuthClientRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.RegisterOAuthClientResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRegisterOAuthClientMethod(), responseObserver);
    }

    /**
     * <pre>
     * The clients of one namespace by issuer, paged, without their secrets: pre-registered ones, and with `all` what the broker registered itself.
     * </pre>
     */
    default void listOAuthClients(tokenbroker.v1.ListOAuthClientsRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.ListOAuthClientsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListOAuthClientsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Removes a client. Grants that were made with it cannot refresh any more.
     * </pre>
     */
    default void deleteOAuthClient(tokenbroker.v1.DeleteOAuthClientRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.DeleteOAuthClientResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDeleteOAuthClientMethod(), responseObserver);
    }

    /**
     * <pre>
     * Seals what is stored anew with the first encryption key, for as long as the call has time. Call it until `done`; what is sealed anew stays so.
     * Serving goes on meanwhile, and nothing visible of a connection changes.
     * </pre>
     */
    default void rotateKeys(tokenbroker.v1.RotateKeysRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.RotateKeysResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRotateKeysMethod(), responseObserver);
    }

    /**
     * <pre>
     * Which encryption keys there are, and how many ciphertexts need each.
     * </pre>
     */
    default void getKeyStatus(tokenbroker.v1.GetKeyStatusRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.GetKeyStatusResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetKeyStatusMethod(), responseObserver);
    }

    /**
     * <pre>
     * Kill switch: no token of the connections is handed out or refreshed any more, on every replica at once. Calls answer BLOCKED. Nothing is lost. A
     * connection that is authorized later is not blocked; one that is authorized anew stays blocked.
     * </pre>
     */
    default void blockConnections(tokenbroker.v1.BlockConnectionsRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.BlockConnectionsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getBlockConnectionsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Ends a block: the connections return to the state they had.
     * </pre>
     */
    default void unblockConnections(tokenbroker.v1.UnblockConnectionsRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.UnblockConnectionsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getUnblockConnectionsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Ends the connections for good, blocked ones too: their tokens are erased here at once, and the providers are told in the background.
     * </pre>
     */
    default void revokeConnections(tokenbroker.v1.RevokeConnectionsRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.RevokeConnectionsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getRevokeConnectionsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Who got which token of whom when, and every administrative act, newest first, paged. Needs the audit table (BROKER_AUDIT=table).
     * </pre>
     */
    default void listAuditEvents(tokenbroker.v1.ListAuditEventsRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.ListAuditEventsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListAuditEventsMethod(), responseObserver);
    }

    /**
     * <pre>
     * Whether the policy would allow a call, by which rule, and what each rule says to it. Makes no call, and looks at no grant.
     * </pre>
     */
    default void explainAccess(tokenbroker.v1.ExplainAccessRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.ExplainAccessResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getExplainAccessMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service TokenBrokerAdminService.
   * <pre>
   * What operators call.
   * </pre>
   */
  public static abstract class TokenBrokerAdminServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return TokenBrokerAdminServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service TokenBrokerAdminService.
   * <pre>
   * What operators call.
   * </pre>
   */
  public static final class TokenBrokerAdminServiceStub
      extends io.grpc.stub.AbstractAsyncStub<TokenBrokerAdminServiceStub> {
    private TokenBrokerAdminServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TokenBrokerAdminServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TokenBrokerAdminServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Stores a client that was registered by hand at an authorization server, for the MCP servers behind it. It goes before every other way to a client.
     * </pre>
     */
    public void registerOAuthClient(tokenbroker.v1.RegisterOAuthClientRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.RegisterOAuthClientResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRegisterOAuthClientMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * The clients of one namespace by issuer, paged, without their secrets: pre-registered ones, and with `all` what the broker registered itself.
     * </pre>
     */
    public void listOAuthClients(tokenbroker.v1.ListOAuthClientsRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.ListOAuthClientsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListOAuthClientsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Removes a client. Grants that were made with it cannot refresh any more.
     * </pre>
     */
    public void deleteOAuthClient(tokenbroker.v1.DeleteOAuthClientRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.DeleteOAuthClientResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDeleteOAuthClientMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Seals what is stored anew with the first encryption key, for as long as the call has time. Call it until `done`; what is sealed anew stays so.
     * Serving goes on meanwhile, and nothing visible of a connection changes.
     * </pre>
     */
    public void rotateKeys(tokenbroker.v1.RotateKeysRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.RotateKeysResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRotateKeysMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Which encryption keys there are, and how many ciphertexts need each.
     * </pre>
     */
    public void getKeyStatus(tokenbroker.v1.GetKeyStatusRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.GetKeyStatusResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetKeyStatusMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Kill switch: no token of the connections is handed out or refreshed any more, on every replica at once. Calls answer BLOCKED. Nothing is lost. A
     * connection that is authorized later is not blocked; one that is authorized anew stays blocked.
     * </pre>
     */
    public void blockConnections(tokenbroker.v1.BlockConnectionsRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.BlockConnectionsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getBlockConnectionsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Ends a block: the connections return to the state they had.
     * </pre>
     */
    public void unblockConnections(tokenbroker.v1.UnblockConnectionsRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.UnblockConnectionsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getUnblockConnectionsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Ends the connections for good, blocked ones too: their tokens are erased here at once, and the providers are told in the background.
     * </pre>
     */
    public void revokeConnections(tokenbroker.v1.RevokeConnectionsRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.RevokeConnectionsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getRevokeConnectionsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Who got which token of whom when, and every administrative act, newest first, paged. Needs the audit table (BROKER_AUDIT=table).
     * </pre>
     */
    public void listAuditEvents(tokenbroker.v1.ListAuditEventsRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.ListAuditEventsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListAuditEventsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Whether the policy would allow a call, by which rule, and what each rule says to it. Makes no call, and looks at no grant.
     * </pre>
     */
    public void explainAccess(tokenbroker.v1.ExplainAccessRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.ExplainAccessResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getExplainAccessMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service TokenBrokerAdminService.
   * <pre>
   * What operators call.
   * </pre>
   */
  public static final class TokenBrokerAdminServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<TokenBrokerAdminServiceBlockingV2Stub> {
    private TokenBrokerAdminServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TokenBrokerAdminServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TokenBrokerAdminServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Stores a client that was registered by hand at an authorization server, for the MCP servers behind it. It goes before every other way to a client.
     * </pre>
     */
    public tokenbroker.v1.RegisterOAuthClientResponse registerOAuthClient(tokenbroker.v1.RegisterOAuthClientRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRegisterOAuthClientMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The clients of one namespace by issuer, paged, without their secrets: pre-registered ones, and with `all` what the broker registered itself.
     * </pre>
     */
    public tokenbroker.v1.ListOAuthClientsResponse listOAuthClients(tokenbroker.v1.ListOAuthClientsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListOAuthClientsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Removes a client. Grants that were made with it cannot refresh any more.
     * </pre>
     */
    public tokenbroker.v1.DeleteOAuthClientResponse deleteOAuthClient(tokenbroker.v1.DeleteOAuthClientRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getDeleteOAuthClientMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Seals what is stored anew with the first encryption key, for as long as the call has time. Call it until `done`; what is sealed anew stays so.
     * Serving goes on meanwhile, and nothing visible of a connection changes.
     * </pre>
     */
    public tokenbroker.v1.RotateKeysResponse rotateKeys(tokenbroker.v1.RotateKeysRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRotateKeysMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Which encryption keys there are, and how many ciphertexts need each.
     * </pre>
     */
    public tokenbroker.v1.GetKeyStatusResponse getKeyStatus(tokenbroker.v1.GetKeyStatusRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetKeyStatusMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Kill switch: no token of the connections is handed out or refreshed any more, on every replica at once. Calls answer BLOCKED. Nothing is lost. A
     * connection that is authorized later is not blocked; one that is authorized anew stays blocked.
     * </pre>
     */
    public tokenbroker.v1.BlockConnectionsResponse blockConnections(tokenbroker.v1.BlockConnectionsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getBlockConnectionsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends a block: the connections return to the state they had.
     * </pre>
     */
    public tokenbroker.v1.UnblockConnectionsResponse unblockConnections(tokenbroker.v1.UnblockConnectionsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getUnblockConnectionsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends the connections for good, blocked ones too: their tokens are erased here at once, and the providers are told in the background.
     * </pre>
     */
    public tokenbroker.v1.RevokeConnectionsResponse revokeConnections(tokenbroker.v1.RevokeConnectionsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getRevokeConnectionsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Who got which token of whom when, and every administrative act, newest first, paged. Needs the audit table (BROKER_AUDIT=table).
     * </pre>
     */
    public tokenbroker.v1.ListAuditEventsResponse listAuditEvents(tokenbroker.v1.ListAuditEventsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListAuditEventsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Whether the policy would allow a call, by which rule, and what each rule says to it. Makes no call, and looks at no grant.
     * </pre>
     */
    public tokenbroker.v1.ExplainAccessResponse explainAccess(tokenbroker.v1.ExplainAccessRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getExplainAccessMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service TokenBrokerAdminService.
   * <pre>
   * What operators call.
   * </pre>
   */
  public static final class TokenBrokerAdminServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<TokenBrokerAdminServiceBlockingStub> {
    private TokenBrokerAdminServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TokenBrokerAdminServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TokenBrokerAdminServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Stores a client that was registered by hand at an authorization server, for the MCP servers behind it. It goes before every other way to a client.
     * </pre>
     */
    public tokenbroker.v1.RegisterOAuthClientResponse registerOAuthClient(tokenbroker.v1.RegisterOAuthClientRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRegisterOAuthClientMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The clients of one namespace by issuer, paged, without their secrets: pre-registered ones, and with `all` what the broker registered itself.
     * </pre>
     */
    public tokenbroker.v1.ListOAuthClientsResponse listOAuthClients(tokenbroker.v1.ListOAuthClientsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListOAuthClientsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Removes a client. Grants that were made with it cannot refresh any more.
     * </pre>
     */
    public tokenbroker.v1.DeleteOAuthClientResponse deleteOAuthClient(tokenbroker.v1.DeleteOAuthClientRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDeleteOAuthClientMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Seals what is stored anew with the first encryption key, for as long as the call has time. Call it until `done`; what is sealed anew stays so.
     * Serving goes on meanwhile, and nothing visible of a connection changes.
     * </pre>
     */
    public tokenbroker.v1.RotateKeysResponse rotateKeys(tokenbroker.v1.RotateKeysRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRotateKeysMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Which encryption keys there are, and how many ciphertexts need each.
     * </pre>
     */
    public tokenbroker.v1.GetKeyStatusResponse getKeyStatus(tokenbroker.v1.GetKeyStatusRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetKeyStatusMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Kill switch: no token of the connections is handed out or refreshed any more, on every replica at once. Calls answer BLOCKED. Nothing is lost. A
     * connection that is authorized later is not blocked; one that is authorized anew stays blocked.
     * </pre>
     */
    public tokenbroker.v1.BlockConnectionsResponse blockConnections(tokenbroker.v1.BlockConnectionsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getBlockConnectionsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends a block: the connections return to the state they had.
     * </pre>
     */
    public tokenbroker.v1.UnblockConnectionsResponse unblockConnections(tokenbroker.v1.UnblockConnectionsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getUnblockConnectionsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Ends the connections for good, blocked ones too: their tokens are erased here at once, and the providers are told in the background.
     * </pre>
     */
    public tokenbroker.v1.RevokeConnectionsResponse revokeConnections(tokenbroker.v1.RevokeConnectionsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getRevokeConnectionsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Who got which token of whom when, and every administrative act, newest first, paged. Needs the audit table (BROKER_AUDIT=table).
     * </pre>
     */
    public tokenbroker.v1.ListAuditEventsResponse listAuditEvents(tokenbroker.v1.ListAuditEventsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListAuditEventsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Whether the policy would allow a call, by which rule, and what each rule says to it. Makes no call, and looks at no grant.
     * </pre>
     */
    public tokenbroker.v1.ExplainAccessResponse explainAccess(tokenbroker.v1.ExplainAccessRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getExplainAccessMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service TokenBrokerAdminService.
   * <pre>
   * What operators call.
   * </pre>
   */
  public static final class TokenBrokerAdminServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<TokenBrokerAdminServiceFutureStub> {
    private TokenBrokerAdminServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TokenBrokerAdminServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TokenBrokerAdminServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Stores a client that was registered by hand at an authorization server, for the MCP servers behind it. It goes before every other way to a client.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.RegisterOAuthClientResponse> registerOAuthClient(
        tokenbroker.v1.RegisterOAuthClientRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRegisterOAuthClientMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * The clients of one namespace by issuer, paged, without their secrets: pre-registered ones, and with `all` what the broker registered itself.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.ListOAuthClientsResponse> listOAuthClients(
        tokenbroker.v1.ListOAuthClientsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListOAuthClientsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Removes a client. Grants that were made with it cannot refresh any more.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.DeleteOAuthClientResponse> deleteOAuthClient(
        tokenbroker.v1.DeleteOAuthClientRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDeleteOAuthClientMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Seals what is stored anew with the first encryption key, for as long as the call has time. Call it until `done`; what is sealed anew stays so.
     * Serving goes on meanwhile, and nothing visible of a connection changes.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.RotateKeysResponse> rotateKeys(
        tokenbroker.v1.RotateKeysRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRotateKeysMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Which encryption keys there are, and how many ciphertexts need each.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.GetKeyStatusResponse> getKeyStatus(
        tokenbroker.v1.GetKeyStatusRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetKeyStatusMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Kill switch: no token of the connections is handed out or refreshed any more, on every replica at once. Calls answer BLOCKED. Nothing is lost. A
     * connection that is authorized later is not blocked; one that is authorized anew stays blocked.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.BlockConnectionsResponse> blockConnections(
        tokenbroker.v1.BlockConnectionsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getBlockConnectionsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Ends a block: the connections return to the state they had.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.UnblockConnectionsResponse> unblockConnections(
        tokenbroker.v1.UnblockConnectionsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getUnblockConnectionsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Ends the connections for good, blocked ones too: their tokens are erased here at once, and the providers are told in the background.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.RevokeConnectionsResponse> revokeConnections(
        tokenbroker.v1.RevokeConnectionsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getRevokeConnectionsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Who got which token of whom when, and every administrative act, newest first, paged. Needs the audit table (BROKER_AUDIT=table).
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.ListAuditEventsResponse> listAuditEvents(
        tokenbroker.v1.ListAuditEventsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListAuditEventsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Whether the policy would allow a call, by which rule, and what each rule says to it. Makes no call, and looks at no grant.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.ExplainAccessResponse> explainAccess(
        tokenbroker.v1.ExplainAccessRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getExplainAccessMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_REGISTER_OAUTH_CLIENT = 0;
  private static final int METHODID_LIST_OAUTH_CLIENTS = 1;
  private static final int METHODID_DELETE_OAUTH_CLIENT = 2;
  private static final int METHODID_ROTATE_KEYS = 3;
  private static final int METHODID_GET_KEY_STATUS = 4;
  private static final int METHODID_BLOCK_CONNECTIONS = 5;
  private static final int METHODID_UNBLOCK_CONNECTIONS = 6;
  private static final int METHODID_REVOKE_CONNECTIONS = 7;
  private static final int METHODID_LIST_AUDIT_EVENTS = 8;
  private static final int METHODID_EXPLAIN_ACCESS = 9;

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
        case METHODID_REGISTER_OAUTH_CLIENT:
          serviceImpl.registerOAuthClient((tokenbroker.v1.RegisterOAuthClientRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.RegisterOAuthClientResponse>) responseObserver);
          break;
        case METHODID_LIST_OAUTH_CLIENTS:
          serviceImpl.listOAuthClients((tokenbroker.v1.ListOAuthClientsRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.ListOAuthClientsResponse>) responseObserver);
          break;
        case METHODID_DELETE_OAUTH_CLIENT:
          serviceImpl.deleteOAuthClient((tokenbroker.v1.DeleteOAuthClientRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.DeleteOAuthClientResponse>) responseObserver);
          break;
        case METHODID_ROTATE_KEYS:
          serviceImpl.rotateKeys((tokenbroker.v1.RotateKeysRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.RotateKeysResponse>) responseObserver);
          break;
        case METHODID_GET_KEY_STATUS:
          serviceImpl.getKeyStatus((tokenbroker.v1.GetKeyStatusRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.GetKeyStatusResponse>) responseObserver);
          break;
        case METHODID_BLOCK_CONNECTIONS:
          serviceImpl.blockConnections((tokenbroker.v1.BlockConnectionsRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.BlockConnectionsResponse>) responseObserver);
          break;
        case METHODID_UNBLOCK_CONNECTIONS:
          serviceImpl.unblockConnections((tokenbroker.v1.UnblockConnectionsRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.UnblockConnectionsResponse>) responseObserver);
          break;
        case METHODID_REVOKE_CONNECTIONS:
          serviceImpl.revokeConnections((tokenbroker.v1.RevokeConnectionsRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.RevokeConnectionsResponse>) responseObserver);
          break;
        case METHODID_LIST_AUDIT_EVENTS:
          serviceImpl.listAuditEvents((tokenbroker.v1.ListAuditEventsRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.ListAuditEventsResponse>) responseObserver);
          break;
        case METHODID_EXPLAIN_ACCESS:
          serviceImpl.explainAccess((tokenbroker.v1.ExplainAccessRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.ExplainAccessResponse>) responseObserver);
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
          getRegisterOAuthClientMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.RegisterOAuthClientRequest,
              tokenbroker.v1.RegisterOAuthClientResponse>(
                service, METHODID_REGISTER_OAUTH_CLIENT)))
        .addMethod(
          getListOAuthClientsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.ListOAuthClientsRequest,
              tokenbroker.v1.ListOAuthClientsResponse>(
                service, METHODID_LIST_OAUTH_CLIENTS)))
        .addMethod(
          getDeleteOAuthClientMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.DeleteOAuthClientRequest,
              tokenbroker.v1.DeleteOAuthClientResponse>(
                service, METHODID_DELETE_OAUTH_CLIENT)))
        .addMethod(
          getRotateKeysMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.RotateKeysRequest,
              tokenbroker.v1.RotateKeysResponse>(
                service, METHODID_ROTATE_KEYS)))
        .addMethod(
          getGetKeyStatusMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.GetKeyStatusRequest,
              tokenbroker.v1.GetKeyStatusResponse>(
                service, METHODID_GET_KEY_STATUS)))
        .addMethod(
          getBlockConnectionsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.BlockConnectionsRequest,
              tokenbroker.v1.BlockConnectionsResponse>(
                service, METHODID_BLOCK_CONNECTIONS)))
        .addMethod(
          getUnblockConnectionsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.UnblockConnectionsRequest,
              tokenbroker.v1.UnblockConnectionsResponse>(
                service, METHODID_UNBLOCK_CONNECTIONS)))
        .addMethod(
          getRevokeConnectionsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.RevokeConnectionsRequest,
              tokenbroker.v1.RevokeConnectionsResponse>(
                service, METHODID_REVOKE_CONNECTIONS)))
        .addMethod(
          getListAuditEventsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.ListAuditEventsRequest,
              tokenbroker.v1.ListAuditEventsResponse>(
                service, METHODID_LIST_AUDIT_EVENTS)))
        .addMethod(
          getExplainAccessMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.ExplainAccessRequest,
              tokenbroker.v1.ExplainAccessResponse>(
                service, METHODID_EXPLAIN_ACCESS)))
        .build();
  }

  private static abstract class TokenBrokerAdminServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    TokenBrokerAdminServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return tokenbroker.v1.AdminProto.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("TokenBrokerAdminService");
    }
  }

  private static final class TokenBrokerAdminServiceFileDescriptorSupplier
      extends TokenBrokerAdminServiceBaseDescriptorSupplier {
    TokenBrokerAdminServiceFileDescriptorSupplier() {}
  }

  private static final class TokenBrokerAdminServiceMethodDescriptorSupplier
      extends TokenBrokerAdminServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    TokenBrokerAdminServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (TokenBrokerAdminServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new TokenBrokerAdminServiceFileDescriptorSupplier())
              .addMethod(getRegisterOAuthClientMethod())
              .addMethod(getListOAuthClientsMethod())
              .addMethod(getDeleteOAuthClientMethod())
              .addMethod(getRotateKeysMethod())
              .addMethod(getGetKeyStatusMethod())
              .addMethod(getBlockConnectionsMethod())
              .addMethod(getUnblockConnectionsMethod())
              .addMethod(getRevokeConnectionsMethod())
              .addMethod(getListAuditEventsMethod())
              .addMethod(getExplainAccessMethod())
              .build();
        }
      }
    }
    return result;
  }
}
