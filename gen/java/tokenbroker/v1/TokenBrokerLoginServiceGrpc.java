package tokenbroker.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * User login with the providers that are offered for it (CONNECT_{NAME}_LOGIN_ENABLED), from the credentials that connections use.
 * Always by ticket: the browser brings a ticket to your application, and your application redeems it together with the login_id that it kept in this
 * browser's own session. No token is kept unless CompleteLogin asks for it.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class TokenBrokerLoginServiceGrpc {

  private TokenBrokerLoginServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "tokenbroker.v1.TokenBrokerLoginService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.StartLoginRequest,
      tokenbroker.v1.StartLoginResponse> getStartLoginMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "StartLogin",
      requestType = tokenbroker.v1.StartLoginRequest.class,
      responseType = tokenbroker.v1.StartLoginResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.StartLoginRequest,
      tokenbroker.v1.StartLoginResponse> getStartLoginMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.StartLoginRequest, tokenbroker.v1.StartLoginResponse> getStartLoginMethod;
    if ((getStartLoginMethod = TokenBrokerLoginServiceGrpc.getStartLoginMethod) == null) {
      synchronized (TokenBrokerLoginServiceGrpc.class) {
        if ((getStartLoginMethod = TokenBrokerLoginServiceGrpc.getStartLoginMethod) == null) {
          TokenBrokerLoginServiceGrpc.getStartLoginMethod = getStartLoginMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.StartLoginRequest, tokenbroker.v1.StartLoginResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "StartLogin"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.StartLoginRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.StartLoginResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerLoginServiceMethodDescriptorSupplier("StartLogin"))
              .build();
        }
      }
    }
    return getStartLoginMethod;
  }

  private static volatile io.grpc.MethodDescriptor<tokenbroker.v1.CompleteLoginRequest,
      tokenbroker.v1.CompleteLoginResponse> getCompleteLoginMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "CompleteLogin",
      requestType = tokenbroker.v1.CompleteLoginRequest.class,
      responseType = tokenbroker.v1.CompleteLoginResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<tokenbroker.v1.CompleteLoginRequest,
      tokenbroker.v1.CompleteLoginResponse> getCompleteLoginMethod() {
    io.grpc.MethodDescriptor<tokenbroker.v1.CompleteLoginRequest, tokenbroker.v1.CompleteLoginResponse> getCompleteLoginMethod;
    if ((getCompleteLoginMethod = TokenBrokerLoginServiceGrpc.getCompleteLoginMethod) == null) {
      synchronized (TokenBrokerLoginServiceGrpc.class) {
        if ((getCompleteLoginMethod = TokenBrokerLoginServiceGrpc.getCompleteLoginMethod) == null) {
          TokenBrokerLoginServiceGrpc.getCompleteLoginMethod = getCompleteLoginMethod =
              io.grpc.MethodDescriptor.<tokenbroker.v1.CompleteLoginRequest, tokenbroker.v1.CompleteLoginResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "CompleteLogin"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.CompleteLoginRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  tokenbroker.v1.CompleteLoginResponse.getDefaultInstance()))
              .setSchemaDescriptor(new TokenBrokerLoginServiceMethodDescriptorSupplier("CompleteLogin"))
              .build();
        }
      }
    }
    return getCompleteLoginMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static TokenBrokerLoginServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TokenBrokerLoginServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TokenBrokerLoginServiceStub>() {
        @java.lang.Override
        public TokenBrokerLoginServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TokenBrokerLoginServiceStub(channel, callOptions);
        }
      };
    return TokenBrokerLoginServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static TokenBrokerLoginServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TokenBrokerLoginServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TokenBrokerLoginServiceBlockingV2Stub>() {
        @java.lang.Override
        public TokenBrokerLoginServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TokenBrokerLoginServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return TokenBrokerLoginServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static TokenBrokerLoginServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TokenBrokerLoginServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TokenBrokerLoginServiceBlockingStub>() {
        @java.lang.Override
        public TokenBrokerLoginServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TokenBrokerLoginServiceBlockingStub(channel, callOptions);
        }
      };
    return TokenBrokerLoginServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static TokenBrokerLoginServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<TokenBrokerLoginServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<TokenBrokerLoginServiceFutureStub>() {
        @java.lang.Override
        public TokenBrokerLoginServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new TokenBrokerLoginServiceFutureStub(channel, callOptions);
        }
      };
    return TokenBrokerLoginServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * User login with the providers that are offered for it (CONNECT_{NAME}_LOGIN_ENABLED), from the credentials that connections use.
   * Always by ticket: the browser brings a ticket to your application, and your application redeems it together with the login_id that it kept in this
   * browser's own session. No token is kept unless CompleteLogin asks for it.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Begins a login and answers the URL to open in the person's browser.
     * </pre>
     */
    default void startLogin(tokenbroker.v1.StartLoginRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.StartLoginResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getStartLoginMethod(), responseObserver);
    }

    /**
     * <pre>
     * Redeems the ticket of a login, once, and answers who logged in.
     * </pre>
     */
    default void completeLogin(tokenbroker.v1.CompleteLoginRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.CompleteLoginResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getCompleteLoginMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service TokenBrokerLoginService.
   * <pre>
   * User login with the providers that are offered for it (CONNECT_{NAME}_LOGIN_ENABLED), from the credentials that connections use.
   * Always by ticket: the browser brings a ticket to your application, and your application redeems it together with the login_id that it kept in this
   * browser's own session. No token is kept unless CompleteLogin asks for it.
   * </pre>
   */
  public static abstract class TokenBrokerLoginServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return TokenBrokerLoginServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service TokenBrokerLoginService.
   * <pre>
   * User login with the providers that are offered for it (CONNECT_{NAME}_LOGIN_ENABLED), from the credentials that connections use.
   * Always by ticket: the browser brings a ticket to your application, and your application redeems it together with the login_id that it kept in this
   * browser's own session. No token is kept unless CompleteLogin asks for it.
   * </pre>
   */
  public static final class TokenBrokerLoginServiceStub
      extends io.grpc.stub.AbstractAsyncStub<TokenBrokerLoginServiceStub> {
    private TokenBrokerLoginServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TokenBrokerLoginServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TokenBrokerLoginServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Begins a login and answers the URL to open in the person's browser.
     * </pre>
     */
    public void startLogin(tokenbroker.v1.StartLoginRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.StartLoginResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getStartLoginMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * Redeems the ticket of a login, once, and answers who logged in.
     * </pre>
     */
    public void completeLogin(tokenbroker.v1.CompleteLoginRequest request,
        io.grpc.stub.StreamObserver<tokenbroker.v1.CompleteLoginResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getCompleteLoginMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service TokenBrokerLoginService.
   * <pre>
   * User login with the providers that are offered for it (CONNECT_{NAME}_LOGIN_ENABLED), from the credentials that connections use.
   * Always by ticket: the browser brings a ticket to your application, and your application redeems it together with the login_id that it kept in this
   * browser's own session. No token is kept unless CompleteLogin asks for it.
   * </pre>
   */
  public static final class TokenBrokerLoginServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<TokenBrokerLoginServiceBlockingV2Stub> {
    private TokenBrokerLoginServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TokenBrokerLoginServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TokenBrokerLoginServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Begins a login and answers the URL to open in the person's browser.
     * </pre>
     */
    public tokenbroker.v1.StartLoginResponse startLogin(tokenbroker.v1.StartLoginRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getStartLoginMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Redeems the ticket of a login, once, and answers who logged in.
     * </pre>
     */
    public tokenbroker.v1.CompleteLoginResponse completeLogin(tokenbroker.v1.CompleteLoginRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getCompleteLoginMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service TokenBrokerLoginService.
   * <pre>
   * User login with the providers that are offered for it (CONNECT_{NAME}_LOGIN_ENABLED), from the credentials that connections use.
   * Always by ticket: the browser brings a ticket to your application, and your application redeems it together with the login_id that it kept in this
   * browser's own session. No token is kept unless CompleteLogin asks for it.
   * </pre>
   */
  public static final class TokenBrokerLoginServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<TokenBrokerLoginServiceBlockingStub> {
    private TokenBrokerLoginServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TokenBrokerLoginServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TokenBrokerLoginServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Begins a login and answers the URL to open in the person's browser.
     * </pre>
     */
    public tokenbroker.v1.StartLoginResponse startLogin(tokenbroker.v1.StartLoginRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getStartLoginMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * Redeems the ticket of a login, once, and answers who logged in.
     * </pre>
     */
    public tokenbroker.v1.CompleteLoginResponse completeLogin(tokenbroker.v1.CompleteLoginRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getCompleteLoginMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service TokenBrokerLoginService.
   * <pre>
   * User login with the providers that are offered for it (CONNECT_{NAME}_LOGIN_ENABLED), from the credentials that connections use.
   * Always by ticket: the browser brings a ticket to your application, and your application redeems it together with the login_id that it kept in this
   * browser's own session. No token is kept unless CompleteLogin asks for it.
   * </pre>
   */
  public static final class TokenBrokerLoginServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<TokenBrokerLoginServiceFutureStub> {
    private TokenBrokerLoginServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected TokenBrokerLoginServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new TokenBrokerLoginServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Begins a login and answers the URL to open in the person's browser.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.StartLoginResponse> startLogin(
        tokenbroker.v1.StartLoginRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getStartLoginMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * Redeems the ticket of a login, once, and answers who logged in.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<tokenbroker.v1.CompleteLoginResponse> completeLogin(
        tokenbroker.v1.CompleteLoginRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getCompleteLoginMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_START_LOGIN = 0;
  private static final int METHODID_COMPLETE_LOGIN = 1;

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
        case METHODID_START_LOGIN:
          serviceImpl.startLogin((tokenbroker.v1.StartLoginRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.StartLoginResponse>) responseObserver);
          break;
        case METHODID_COMPLETE_LOGIN:
          serviceImpl.completeLogin((tokenbroker.v1.CompleteLoginRequest) request,
              (io.grpc.stub.StreamObserver<tokenbroker.v1.CompleteLoginResponse>) responseObserver);
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
          getStartLoginMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.StartLoginRequest,
              tokenbroker.v1.StartLoginResponse>(
                service, METHODID_START_LOGIN)))
        .addMethod(
          getCompleteLoginMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              tokenbroker.v1.CompleteLoginRequest,
              tokenbroker.v1.CompleteLoginResponse>(
                service, METHODID_COMPLETE_LOGIN)))
        .build();
  }

  private static abstract class TokenBrokerLoginServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    TokenBrokerLoginServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return tokenbroker.v1.LoginProto.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("TokenBrokerLoginService");
    }
  }

  private static final class TokenBrokerLoginServiceFileDescriptorSupplier
      extends TokenBrokerLoginServiceBaseDescriptorSupplier {
    TokenBrokerLoginServiceFileDescriptorSupplier() {}
  }

  private static final class TokenBrokerLoginServiceMethodDescriptorSupplier
      extends TokenBrokerLoginServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    TokenBrokerLoginServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (TokenBrokerLoginServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new TokenBrokerLoginServiceFileDescriptorSupplier())
              .addMethod(getStartLoginMethod())
              .addMethod(getCompleteLoginMethod())
              .build();
        }
      }
    }
    return result;
  }
}
