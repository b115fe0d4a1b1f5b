"""Makes the gRPC generator of grpcio-tools a plugin: it is built into that package's protoc and has no program of its own."""
import sys
import tempfile
from pathlib import Path

from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest, CodeGeneratorResponse
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc

request = CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
response = CodeGeneratorResponse(supported_features=CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL)
with tempfile.TemporaryDirectory() as directory:
    out = Path(directory, "out")
    out.mkdir()
    files = Path(directory, "files.binpb")
    files.write_bytes(FileDescriptorSet(file=request.proto_file).SerializeToString())
    status = protoc.main(["protoc", f"--descriptor_set_in={files}", f"--grpc_python_out={out}", *request.file_to_generate])
    if status != 0:
        response.error = f"grpc_tools.protoc ended with {status}"
    for path in sorted(out.rglob("*.py")):
        response.file.add(name=path.relative_to(out).as_posix(), content=path.read_text())
sys.stdout.buffer.write(response.SerializeToString())
